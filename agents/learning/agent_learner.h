// An agent learner holds an agent, evaluates it on episodes that it plays, and saves it.
#pragma once

#include <memory>
#include <optional>
#include <utility>

#include "agents/datasets/scores.h"
#include "agents/learning/learner.h"
#include "agents/policies/checkpoint.h"
#include "configs/base/thread_pool.h"

namespace seqrl {

// The base of the learners of agents. It ranks by the scores of agents/evaluation/evaluator.h.
class AgentLearner : public Learner {
 public:
  // Its parameters are on `device`; it acts on evaluation.device, if there is an environment. If
  // the config has no target returns and the agent needs some, `usual_targets` are used. `pool`
  // must outlive the learner.
  AgentLearner(const RunConfig& config, AgentSpec spec, Device device, ThreadPool& pool,
               const std::vector<double>& usual_targets = {});

  std::optional<EvaluationReport> evaluate(const ProgressMonitor& monitor) override;
  std::int64_t parameters() const override { return parameters_->count(); }
  std::optional<double> broken_parameter() const override;
  void save_weights(CheckpointWriter& checkpoint) const override;
  void resolve(RunConfig& config) const override;

  const Agent& agent() const { return *agent_; }

 protected:
  const RunConfig& config() const { return config_; }
  // Results are also given on this scale.
  void set_scale(std::optional<NamedScale> scale) { scale_ = std::move(scale); }
  const std::optional<NamedScale>& scale() const { return scale_; }
  ParameterBlock& block() { return *parameters_; }
  const ParameterBlock& block() const { return *parameters_; }
  ThreadPool& pool() { return pool_; }
  template <typename T>
  const T& agent_as() const {
    return dynamic_cast<const T&>(*agent_);
  }

 private:
  RunConfig config_;
  std::unique_ptr<Agent> agent_;
  std::unique_ptr<ParameterBlock> parameters_;
  std::optional<NamedScale> scale_;
  TrainedAgent acting_copy_;  // a copy on the device where it acts, if that is another
  ThreadPool& pool_;
};

}  // namespace seqrl
