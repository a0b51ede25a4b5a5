// Learning from recorded experience: windows of a dataset, a trainer.
#pragma once

#include <memory>

#include "agents/agent_learner.h"
#include "agents/datasets/trajectories.h"
#include "agents/offline/offline_agent.h"
#include "agents/step_sums.h"
#include "models/training/trainer.h"

namespace seqrl {

// Windows of a dataset as an agent's objective.
class WindowObjective : public Objective {
 public:
  WindowObjective(const OfflineAgent& agent, const Trajectories& data, const RunConfig& config);
  void begin_step(std::int64_t step) override;
  Tensor loss(Tape& tape, const Shard& shard) override;

 private:
  const OfflineAgent& agent_;
  WindowSampler sampler_;
  Batch batch_;
  std::int64_t step_ = 0;
  double timesteps_ = 0;
};

class OfflineLearner : public AgentLearner {
 public:
  // Learns from `data`; config.agent is one of the offline agents.
  OfflineLearner(const RunConfig& config, Trajectories data, ThreadPool& pool);

  // Learns from config.dataset.
  static std::unique_ptr<OfflineLearner> load_data(const RunConfig& config, ThreadPool& pool);

  void begin(const std::filesystem::path&) override {}  // keeps nothing of its own there
  StepResult step(std::int64_t step) override;
  std::vector<Metric> take_metrics() override { return sums_.take(); }
  std::string source() const override;
  void save(CheckpointWriter& checkpoint) const override;
  void load(const CheckpointReader& checkpoint) override;

 private:
  Trajectories data_;
  WindowObjective objective_;
  Trainer trainer_;
  StepSums sums_;
};

}  // namespace seqrl
