// The learner of supervised sequence tasks (models/tasks), and the networks that it trains.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "agents/config/run_config.h"
#include "agents/learning/learner.h"
#include "agents/learning/run_memory.h"
#include "configs/base/thread_pool.h"
#include "models/tasks/characters.h"
#include "models/tasks/evaluation.h"
#include "models/tasks/objective.h"
#include "models/training/trainer.h"

namespace seqrl {

// A task's network with its parameters, and what made it.
struct TrainedModel {
  RunConfig config;
  std::unique_ptr<Task> task;
  std::unique_ptr<SequenceModel> model;
  std::unique_ptr<ParameterBlock> parameters;
};

// A fresh network for config.task, initialised from the config's seed; reads the task's files.
TrainedModel make_trained_model(const RunConfig& config, Device device = Device::cpu);
// The network in a checkpoint of a task's run, and its task. Overrides may change options of the
// task that the network does not depend on. An Error of kind user where they do, and for any other
// file.
TrainedModel load_model(const CheckpointReader& checkpoint,
                        const std::vector<std::string>& overrides = {},
                        Device device = Device::cpu);

// Evaluates a network on its task (models/tasks/evaluation.h), on the device that its parameters
// are on. Nothing when the monitor stopped it.
std::optional<TaskEvaluation> evaluate(const TrainedModel& trained, ThreadPool& pool,
                                       const ProgressMonitor& monitor = {});

// A language model that writes text, character by character.
struct CharacterModel {
  Vocabulary vocabulary;
  std::unique_ptr<SequenceModel> model;
  std::unique_ptr<ParameterBlock> parameters;
};

// The one in a checkpoint; needs no text file. An Error of kind user for any other checkpoint. A
// Transformer's attention sees as far as it was trained to, so that its memory stays constant.
CharacterModel load_character_model(const CheckpointReader& checkpoint);

// The memory that a run takes, and the keys that make it smaller. Without the task it is that of
// the weights only: the task tells how many tokens a step reads.
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
