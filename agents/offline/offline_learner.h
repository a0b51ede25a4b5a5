// The learner of offline agents: it trains one on windows of a dataset.
#pragma once

#include <memory>

#include "agents/datasets/hold_out.h"
#include "agents/datasets/trajectories.h"
#include "agents/learning/agent_learner.h"
#include "agents/offline/validation.h"
#include "agents/offline/window_objective.h"
#include "models/training/trainer.h"

namespace seqrl {

// It evaluates the agent in the environment and, if dataset.validation holds episodes out, the loss
// on them. Without an environment that loss ranks checkpoints.
class OfflineLearner : public AgentLearner {
 public:
  // Learns from `data`, or from the part that is not held out; config.agent is one of the offline
  // agents.
  OfflineLearner(const RunConfig& config, Trajectories data, ThreadPool& pool);

  // The dataset of config.dataset, as used for learning. An Error of kind user if no path is given,
  // or if load_dataset() throws one.
  static Trajectories load_data(const RunConfig& config);

  // The validation of a checkpoint's agent on the same held-out episodes as in its training. An
  // Error of kind user if none were held out, or if the dataset is missing or different.
  static Validation validation_of(const CheckpointReader& checkpoint, const TrainedAgent& trained);

  void begin(const std::filesystem::path&) override {}  // keeps nothing of its own there
  StepResult step(std::int64_t step) override;
  StepResult wait() override;
  std::vector<Metric> take_metrics() override;
  std::optional<EvaluationReport> evaluate(const ProgressMonitor& monitor) override;
  std::string source() const override;
  std::string data_facts() const override;
  std::uint64_t data_fingerprint() const override { return data_.fingerprint(); }
  std::vector<std::string> notes() const override;
  void save(CheckpointWriter& checkpoint) override;
  void load(const CheckpointReader& checkpoint) override;

 private:
  // A dataset, and its parts if some of it is held out.
  struct Data {
    Data(const RunConfig& config, Trajectories all);
    const Trajectories& training() const { return parts ? parts->training : all; }
    Trajectories all;
    std::optional<HoldOut> parts;
  };
  static AgentSpec make_spec(const RunConfig& config, const Data& data);
  OfflineLearner(const RunConfig& config, Data data, ThreadPool& pool);

  bool targets_from_data_;                // the config has none
  Trajectories data_;                     // all of it
  std::optional<Trajectories> training_;  // if it is a part
  std::optional<Validation> validation_;
  WindowObjective objective_;
  Trainer trainer_;
};

}  // namespace seqrl
