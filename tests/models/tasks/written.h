// A task's examples in the form that tests read.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "models/tasks/task.h"

namespace seqrl {

// One example: the tokens of its documents, and its targets, one per token or one in all.
struct Written {
  std::vector<std::vector<std::int32_t>> documents;
  std::vector<std::int32_t> targets;
  std::int32_t bucket = 0;

  const std::vector<std::int32_t>& tokens() const { return documents[0]; }
  // The answers to its questions, in order.
  std::vector<std::int32_t> answers() const {
    std::vector<std::int32_t> asked;
    std::ranges::copy_if(targets, std::back_inserter(asked), [](auto t) { return t >= 0; });
    return asked;
  }
};

inline std::vector<Written> written(const TaskBatch& batch) {
  std::vector<Written> examples;
  const auto asked = static_cast<std::int64_t>(batch.targets.size()) / batch.examples;
  for (std::int64_t e = 0; e < batch.examples; ++e) {
    Written& example = examples.emplace_back();
    for (std::int64_t d = e * batch.documents; d < (e + 1) * batch.documents; ++d) {
      const auto begin = batch.tokens.begin() + d * batch.time;
      example.documents.emplace_back(begin, begin + batch.lengths[static_cast<std::size_t>(d)]);
    }
    const auto targets = batch.targets.begin() + e * asked;
    example.targets.assign(targets, targets + asked);
    if (asked > 1) example.targets.resize(example.tokens().size());
    example.bucket = batch.buckets[static_cast<std::size_t>(e)];
  }
  return examples;
}

inline std::vector<Written> training_examples(const Task& task, std::int64_t count,
                                              std::uint64_t step = 0) {
  TaskBatch batch(task.shape(), count, task.training_length());
  fill_training(task, step, 0, count, batch);
  return written(batch);
}

// The whole evaluation set.
inline std::vector<Written> evaluation_examples(const Task& task) {
  TaskBatch batch(task.shape(), task.evaluation_size(), task.evaluation_length());
  fill_evaluation(task, 0, task.evaluation_size(), batch);
  return written(batch);
}

}  // namespace seqrl
