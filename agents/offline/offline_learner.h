// Learning from recorded experience: windows of a dataset, a trainer.
#pragma once

#include <memory>

#include "agents/datasets/hold_out.h"
#include "agents/datasets/trajectories.h"
#include "agents/learning/agent_learner.h"
#include "agents/offline/validation.h"
#include "agents/offline/window_objective.h"
#include "models/training/trainer.h"

namespace seqrl {

// Its measure is how well the agent acts and, where dataset.validation holds episodes out, the loss
// on them, which without an environment ranks checkpoints.
class OfflineLearner : public AgentLearner {
 public:
  // Learns from `data`, or from what is not held out of it; config.agent is one of the offline
  // agents.
  OfflineLearner(const RunConfig& config, Trajectories data, ThreadPool& pool);

  // Learns from config.dataset.
  static std::unique_ptr<OfflineLearner> load_data(const RunConfig& config, ThreadPool& pool);

  // Config.dataset, as it is learned from.
  static Trajectories load_data(const RunConfig& config);

  // What measures a checkpoint's agent as its training did, on the held-out part of the dataset. An
  // Error of kind user where the dataset is not there, or is another.
  static Validation validation_of(const CheckpointReader& checkpoint, const TrainedAgent& trained);

  void begin(const std::filesystem::path&) override {}  // keeps nothing of its own there
  StepResult step(std::int64_t step) override;
  StepResult wait() override;
  std::vector<Metric> take_metrics() override;
  std::optional<EvaluationReport> evaluate(const ProgressMonitor& monitor) override;
  std::string source() const override;
  std::string data_facts() const override;
  std::vector<std::string> notes() const override;
  void save(CheckpointWriter& checkpoint) override;
  void load(const CheckpointReader& checkpoint) override;

 private:
  // A dataset, and its parts where some of it is held out.
  struct Data {
    Data(const RunConfig& config, Trajectories all);
    const Trajectories& training() const { return parts ? parts->training : all; }
    Trajectories all;
    std::optional<HoldOut> parts;
  };
  static AgentSpec make_spec(const RunConfig& config, const Data& data);
  OfflineLearner(const RunConfig& config, Data data, ThreadPool& pool);

  bool has_usual_targets_;                // they follow from the data
  Trajectories data_;                     // all of it
  std::optional<Trajectories> training_;  // where it is a part
  std::optional<Validation> validation_;
  WindowObjective objective_;
  Trainer trainer_;
};

}  // namespace seqrl
