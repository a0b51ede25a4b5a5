#include "models/tasks/evaluation.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numbers>
#include <utility>

#include "models/core/alignment.h"
#include "models/core/tape.h"

namespace seqrl {
namespace {

struct Sums {
  std::int64_t examples = 0, answers = 0, right = 0;
  double loss = 0;

  void add(const Sums& other) {
    examples += other.examples;
    answers += other.answers;
    right += other.right;
    loss += other.loss;
  }
  TaskScore score() const {
    const auto count = static_cast<double>(std::max<std::int64_t>(answers, 1));
    return {answers, loss / count, static_cast<double>(right) / count, examples};
  }
};

template <typename T>
void count_answers(const T* scores, std::int64_t classes, std::int32_t target, Sums& sums) {
  const T* likeliest = std::max_element(scores, scores + classes);
  double sum = 0;
  for (std::int64_t i = 0; i < classes; ++i) {
    sum += std::exp(static_cast<double>(scores[i]) - static_cast<double>(*likeliest));
  }
  ++sums.answers;
  sums.right += likeliest - scores == target;
  sums.loss +=
      static_cast<double>(*likeliest) - static_cast<double>(scores[target]) + std::log(sum);
}

// Counts the answers to the first `examples` of a batch, by bucket. There is a row of scores for
// each requested answer or, with `everywhere`, for each possible one.
template <typename T>
void count_answers(const T* scores, std::int64_t classes, bool everywhere, const TaskBatch& batch,
                   std::int64_t examples, Sums* by_bucket) {
  const auto each = static_cast<std::int64_t>(batch.targets.size()) / batch.examples;
  for (std::int64_t i = 0; i < examples; ++i) {
    ++by_bucket[batch.buckets[static_cast<std::size_t>(i)]].examples;
  }
  for (std::int64_t i = 0; i < examples * each; ++i) {
    const std::int32_t target = batch.targets[static_cast<std::size_t>(i)];
    if (target != kNoTarget) {
      const auto example = static_cast<std::size_t>(i / each);
      count_answers(scores, classes, target, by_bucket[batch.buckets[example]]);
    }
    if (target != kNoTarget || everywhere) scores += classes;
  }
}

// The passes into which the evaluation set is cut, each with some of the examples, and their sums.
struct Passes {
  Passes(const Task& task, std::int64_t tokens)
      : size(task.evaluation_size()),
        rows(std::clamp<std::int64_t>(tokens / (task.evaluation_length() * task.shape().documents),
                                      1, size)),
        count(static_cast<std::size_t>(divide_up(size, rows))),
        names(task.buckets()),
        buckets(std::max<std::size_t>(names.size(), 1)),
        sums(count * buckets) {}

  // Writes a pass's examples into the batch and returns their number.
  std::int64_t fill(const Task& task, std::size_t pass, TaskBatch& batch) const {
    const std::int64_t first = static_cast<std::int64_t>(pass) * rows;
    const std::int64_t last = std::min(first + rows, size);
    fill_evaluation(task, first, last, batch);
    return last - first;
  }

  // The passes [first, last) of a rank.
  std::pair<std::size_t, std::size_t> of_rank(const Communicator& ranks) const {
    const auto bounds = parts_of_ranks(static_cast<std::int64_t>(count), ranks.ranks());
    const auto rank = static_cast<std::size_t>(ranks.rank());
    return {static_cast<std::size_t>(bounds[rank]), static_cast<std::size_t>(bounds[rank + 1])};
  }

  // Sends the sums of all ranks to every rank; returns false if one was stopped.
  bool gather(bool stopped, Communicator& ranks) {
    if (ranks.any(stopped)) return false;
    auto bounds = parts_of_ranks(static_cast<std::int64_t>(count), ranks.ranks());
    for (std::int64_t& bound : bounds) bound *= static_cast<std::int64_t>(buckets);
    ranks.all_gather(std::span(sums), bounds);
    return true;
  }

  TaskEvaluation evaluation(const Task& task) const {
    std::vector<Sums> by_bucket(buckets);
    Sums all;
    for (std::size_t i = 0; i < sums.size(); ++i) {
      by_bucket[i % buckets].add(sums[i]);
      all.add(sums[i]);
    }
    TaskEvaluation evaluation{task.metric(), all.score(), {}};
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (by_bucket[i].examples == 0) continue;
      evaluation.buckets.emplace_back(names[i], by_bucket[i].score());
    }
    return evaluation;
  }

  std::int64_t size, rows;
  std::size_t count;
  std::vector<std::string> names;
  std::size_t buckets;
  std::vector<Sums> sums;  // [count, buckets]
};

nlohmann::ordered_json score_json(const TaskScore& score, TaskMetric metric) {
  nlohmann::ordered_json json;
  if (metric == TaskMetric::loss) json["loss"] = score.loss;
  json["accuracy"] = score.accuracy;
  json["loss"] = score.loss;
  json["answers"] = score.answers;
  json["examples"] = score.examples;
  return json;
}

}  // namespace

std::optional<TaskEvaluation> evaluate(const SequenceModel& model, const Task& task,
                                       const PackedWeights& weights, ThreadPool& pool,
                                       const ProgressMonitor& monitor, Communicator& ranks) {
  Passes passes(task, 4096);  // few enough tokens to stay in the processor's caches
  const auto range = passes.of_rank(ranks);
  const std::size_t first = range.first, last = range.second;
  std::atomic<std::size_t> next{first};
  std::atomic<std::int64_t> answered{0};  // examples
  std::atomic<bool> stopped{false};
  const std::size_t lanes = std::min(last - first, static_cast<std::size_t>(pool.threads()));
  pool.run(static_cast<int>(lanes), [&](int) {
    Tape tape;
    TaskBatch batch(task.shape(), passes.rows, task.evaluation_length());
    for (std::size_t pass; (pass = next.fetch_add(1)) < last;) {
      if (monitor.stopped()) stopped = true;
      if (stopped) return;
      const std::int64_t examples = passes.fill(task, pass, batch);
      tape.begin({});
      tape.set_packed_weights(&weights);
      const Tensor scores = model.answer(task_inputs(tape, model.shape(), batch, 0, examples));
      dispatch(scores.dtype(), [&]<typename T>(T) {
        count_answers(scores.data<T>(), scores.dim(1), false, batch, examples,
                      passes.sums.data() + pass * passes.buckets);
      });
      monitor.advance(answered += examples, passes.size, "examples");
    }
  });
  if (!passes.gather(stopped, ranks)) return std::nullopt;
  return passes.evaluation(task);
}

std::optional<TaskEvaluation> evaluate_on(Device device, const SequenceModel& model,
                                          const Task& task, const ProgressMonitor& monitor,
                                          Communicator& ranks) {
  require_same_gpu(ranks);
  Passes passes(task, 1 << 14);  // as many tokens as in a small training batch
  Tape tape(device);
  TaskBatch batch(task.shape(), passes.rows, task.evaluation_length());
  ResidentTaskBatch resident(task.shape(), batch, device);
  std::vector<float> scores;
  const auto range = passes.of_rank(ranks);
  const std::size_t first = range.first, last = range.second;
  bool stopped = false;
  for (std::size_t pass = first; pass < last; ++pass) {
    stopped = monitor.stopped();
    if (stopped) break;
    const std::int64_t examples = passes.fill(task, pass, batch);
    resident.write(batch);
    tape.begin({});
    const Tensor answered = model.answer(resident.inputs(tape));
    scores.resize(static_cast<std::size_t>(answered.size()));
    read<float>(answered, scores);
    count_answers(scores.data(), answered.dim(1), true, batch, examples,
                  passes.sums.data() + pass * passes.buckets);
    monitor.advance(static_cast<std::int64_t>(pass) * passes.rows + examples, passes.size,
                    "examples");
  }
  if (!passes.gather(stopped, ranks)) return std::nullopt;
  return passes.evaluation(task);
}

nlohmann::ordered_json to_json(const TaskEvaluation& evaluation) {
  nlohmann::ordered_json json = score_json(evaluation.all, evaluation.metric);
  if (evaluation.metric == TaskMetric::loss) {
    json["bits"] = evaluation.all.loss / std::numbers::ln2;
    json["perplexity"] = std::exp(evaluation.all.loss);
  }
  if (!evaluation.buckets.empty()) {
    nlohmann::ordered_json& buckets = json["buckets"] = nlohmann::ordered_json::object();
    for (const auto& [name, score] : evaluation.buckets) {
      buckets[name] = score_json(score, evaluation.metric);
    }
  }
  return json;
}

std::string to_text(const TaskEvaluation& evaluation) {
  const TaskScore& all = evaluation.all;
  std::string text = fmt::format("loss {:.4f} nats, accuracy {:.2f} % of {} answers", all.loss,
                                 100 * all.accuracy, all.answers);
  if (evaluation.metric == TaskMetric::loss) {
    text += fmt::format("; {:.4f} bits, perplexity {:.3f}", all.loss / std::numbers::ln2,
                        std::exp(all.loss));
  }
  for (const auto& [name, score] : evaluation.buckets) {
    text += fmt::format("\n  {:>9}  loss {:.4f}, accuracy {:.2f} % of {} answers to {} examples",
                        name, score.loss, 100 * score.accuracy, score.answers, score.examples);
  }
  return text + "\n";
}

}  // namespace seqrl
