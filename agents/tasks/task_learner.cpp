#include "agents/tasks/task_learner.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "agents/learning/trainer_options.h"
#include "configs/base/hash.h"

namespace seqrl {
namespace {

// A new model, if there is enough memory to train it.
TrainedModel make_learnable(const RunConfig& config) {
  TrainedModel made = make_trained_model(config, learning_device(config));
  require_memory(config, task_memory(config, made.task.get()), task_memory_keys());
  return made;
}

}  // namespace

RunMemory task_memory(const RunConfig& config, const Task* task) {
  const double tokens =
      task == nullptr ? 0 : static_cast<double>(task->training_length() * task->shape().documents);
  RunMemory memory;
  const RunSizes size(config, config.training.batch);
  add_backbone(config, size, tokens, memory);
  memory.activations += size.shards * size.rows * tokens * 2 * sizeof(std::int32_t);  // the batch
  return memory;
}

MemoryKeys task_memory_keys() {
  return {"backbone.dim, backbone.layers", "training.batch, the task's lengths"};
}

TaskLearner::TaskLearner(const RunConfig& config, ThreadPool& pool)
    : pool_(pool),
      trained_(make_learnable(config)),
      objective_(*trained_.model, *trained_.task, config.training.batch,
                 trained_.parameters->device(), pool),
      trainer_(*trained_.parameters, objective_, trainer_options(config), pool) {}

StepResult TaskLearner::step(std::int64_t step) {
  return trainer_.step(step);
}

StepResult TaskLearner::wait() {
  return trainer_.wait();
}

std::vector<Metric> TaskLearner::take_metrics() {
  return trainer_.take_metrics();
}

std::optional<EvaluationReport> TaskLearner::evaluate(const ProgressMonitor& monitor) {
  const auto evaluation = seqrl::evaluate(trained_, pool_, monitor);
  if (!evaluation) return std::nullopt;
  EvaluationReport report{
      .json = to_json(*evaluation),
      .metrics = {{"eval/loss", evaluation->all.loss}, {"eval/accuracy", evaluation->all.accuracy}},
      .ranking = evaluation->ranking(),
      .text = to_text(*evaluation)};
  report.json["task"] = trained_.config.task.kind();
  for (const auto& [name, score] : evaluation->buckets) {
    report.metrics.push_back({"eval/" + name + "/accuracy", score.accuracy});
  }
  return report;
}

std::string TaskLearner::source() const {
  return fmt::format("the task {}", trained_.config.task.kind());
}

// Hashes the first training examples, and some evaluation examples.
std::uint64_t TaskLearner::data_fingerprint() const {
  constexpr std::int64_t kExamples = 64;
  const Task& task = *trained_.task;
  Hash64 hash;
  const auto add = [&](const TaskBatch& batch) {
    hash.add(std::span<const std::int32_t>(batch.tokens));
    hash.add(std::span<const std::int32_t>(batch.targets));
  };
  TaskBatch training(task.shape(), kExamples, task.training_length());
  fill_training(task, 0, 0, kExamples, training);
  add(training);
  const std::int64_t size = task.evaluation_size(), rows = std::min(kExamples, size);
  TaskBatch evaluation(task.shape(), rows, task.evaluation_length());
  for (const std::int64_t first : {std::int64_t{0}, size - rows}) {
    fill_evaluation(task, first, first + rows, evaluation);
    add(evaluation);
  }
  hash.add(static_cast<std::uint64_t>(size));
  return hash.result();
}

std::optional<double> TaskLearner::broken_parameter() const {
  return not_finite(*trained_.parameters);
}

void TaskLearner::save_weights(CheckpointWriter& checkpoint) const {
  add_model(checkpoint, trained_);
}

void TaskLearner::save(CheckpointWriter& checkpoint) {
  save_weights(checkpoint);
  trainer_.save(checkpoint);
}

void TaskLearner::load(const CheckpointReader& checkpoint) {
  read_model(checkpoint, trained_);
  trainer_.load(checkpoint);
}

}  // namespace seqrl
