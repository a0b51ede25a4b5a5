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
  double loss = 0;      // mean cross entropy, in nats per answer
  double accuracy = 0;  // fraction of answers with the target as the likeliest class
  std::int64_t examples = 0;
};

struct TaskEvaluation {
  TaskMetric metric;
  TaskScore all;
  std::vector<std::pair<std::string, TaskScore>> buckets;  // the nonempty Task::buckets()

  // The number by which checkpoints are ranked; more is better: the accuracy, or minus the loss.
  double ranking() const { return metric == TaskMetric::accuracy ? all.accuracy : -all.loss; }
};

// The task's metric comes first: {"accuracy", "loss", "answers", "examples",
// "buckets": {"40-63": {"accuracy", "loss", "answers", "examples"}, …}}, or, if the metric is the
// loss, {"loss", "accuracy", "answers", "examples", "bits", "perplexity"} with bits per answer.
nlohmann::ordered_json to_json(const TaskEvaluation& evaluation);

// A few human-readable lines.
std::string to_text(const TaskEvaluation& evaluation);

// Evaluates on the whole evaluation set; each rank evaluates a part of it. All ranks get the
// result, which does not depend on the number of threads or ranks; nullopt if the monitor of a rank
// ended the evaluation.
std::optional<TaskEvaluation> evaluate(const SequenceModel& model, const Task& task,
                                       const PackedWeights& weights, ThreadPool& pool,
                                       const ProgressMonitor& monitor = {},
                                       Communicator& ranks = single_process());

// The same for a network with parameters on a device; it runs there. An Error of kind user if the
// ranks' GPUs differ.
std::optional<TaskEvaluation> evaluate_on(Device device, const SequenceModel& model,
                                          const Task& task, const ProgressMonitor& monitor = {},
                                          Communicator& ranks = single_process());

}  // namespace seqrl
