// The learner of supervised sequence tasks (models/tasks).
#pragma once

#include <string>
#include <vector>

#include "agents/config/run_config.h"
#include "agents/learning/learner.h"
#include "agents/learning/run_memory.h"
#include "agents/tasks/trained_model.h"
#include "configs/base/thread_pool.h"
#include "models/tasks/objective.h"
#include "models/training/trainer.h"

namespace seqrl {

// The memory that a run takes, and the keys that reduce it. Without the task it covers only the
// weights: the task determines how many tokens a step reads.
RunMemory task_memory(const RunConfig& config, const Task* task = nullptr);
MemoryKeys task_memory_keys();

// Learns, and is evaluated, on the config's device.
class TaskLearner : public Learner {
 public:
  // `pool` must outlive the learner.
  TaskLearner(const RunConfig& config, ThreadPool& pool);

  void begin(const std::filesystem::path&) override {}  // keeps nothing of its own there
  StepResult step(std::int64_t step) override;
  StepResult wait() override;
  std::vector<Metric> take_metrics() override;
  std::optional<EvaluationReport> evaluate(const ProgressMonitor& monitor) override;
  std::string source() const override;
  std::uint64_t data_fingerprint() const override;
  std::int64_t parameters() const override { return trained_.parameters->count(); }
  std::optional<double> broken_parameter() const override;
  void save(CheckpointWriter& checkpoint) override;
  void save_weights(CheckpointWriter& checkpoint) const override;
  void load(const CheckpointReader& checkpoint) override;

 private:
  ThreadPool& pool_;
  TrainedModel trained_;
  TaskObjective objective_;
  Trainer trainer_;
};

}  // namespace seqrl
