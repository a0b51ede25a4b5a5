// The evaluation of a network on a task: its loss and accuracy.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "configs/base/progress_monitor.h"
#include "configs/base/thread_pool.h"
#include "models/nn/packed_weights.h"
#include "models/tasks/sequence_model.h"
#include "models/training/communicator.h"

namespace seqrl {

struct TaskScore {
  std::int64_t answers = 0;
  double loss = 0;      // mean cross entropy, in nats an answer
  double accuracy = 0;  // part of the answers whose likeliest class is the target
  std::int64_t examples = 0;
};

struct TaskEvaluation {
  TaskMetric metric;
  TaskScore all;
  std::vector<std::pair<std::string, TaskScore>> buckets;  // of Task::buckets(), not empty

  // The number that ranks checkpoints, more being better: accuracy, or the loss below zero.
  double ranking() const { return metric == TaskMetric::accuracy ? all.accuracy : -all.loss; }
};

// What it is judged by comes first: {"accuracy", "loss", "answers", "examples",
// "buckets": {"40-63": {"accuracy", "loss", "answers", "examples"}, …}}, or where the loss counts
// {"loss", "accuracy", "answers", "examples", "bits", "perplexity"}, bits being those of an answer.
nlohmann::ordered_json to_json(const TaskEvaluation& evaluation);

// A few lines for people.
std::string to_text(const TaskEvaluation& evaluation);

// Answers the whole evaluation set, each rank a part of it. The result, which all ranks get, does
// not depend on the number of threads or ranks. Nothing when the monitor of one ended it.
std::optional<TaskEvaluation> evaluate(const SequenceModel& model, const Task& task,
                                       const PackedWeights& weights, ThreadPool& pool,
                                       const ProgressMonitor& monitor = {},
                                       Communicator& ranks = single_process());

// The same of a network whose parameters are on a device, which answers there. An Error of kind
// user where the ranks' GPUs are not alike.
std::optional<TaskEvaluation> evaluate_on(Device device, const SequenceModel& model,
                                          const Task& task, const ProgressMonitor& monitor = {},
                                          Communicator& ranks = single_process());

}  // namespace seqrl
