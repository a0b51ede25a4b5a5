// Learning from recorded experience: windows of a dataset, a trainer.
#pragma once

#include <memory>

#include "agents/agent_learner.h"
#include "agents/datasets/trajectories.h"
#include "agents/offline/window_objective.h"
#include "models/training/trainer.h"

namespace seqrl {

class OfflineLearner : public AgentLearner {
 public:
  // Learns from `data`; config.agent is one of the offline agents.
  OfflineLearner(const RunConfig& config, Trajectories data, ThreadPool& pool);

  // Learns from config.dataset.
  static std::unique_ptr<OfflineLearner> load_data(const RunConfig& config, ThreadPool& pool);

  void begin(const std::filesystem::path&) override {}  // keeps nothing of its own there
  StepResult step(std::int64_t step) override;
  StepResult wait() override;
  std::vector<Metric> take_metrics() override;
  std::string source() const override;
  std::vector<std::string> notes() const override;
  void save(CheckpointWriter& checkpoint) override;
  void load(const CheckpointReader& checkpoint) override;

 private:
  Trajectories data_;
  WindowObjective objective_;
  Trainer trainer_;
};

}  // namespace seqrl
