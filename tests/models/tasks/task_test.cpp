#include "models/tasks/task.h"

#include <set>

#include "models/tasks/formal_languages.h"
#include "models/tasks/selective_copy.h"
#include "tests/catch.h"
#include "tests/models/tasks/written.h"

using namespace seqrl;

namespace {

SelectiveCopyConfig small() {
  SelectiveCopyConfig config;
  config.length = 24;
  config.data = 6;
  config.evaluation_examples = 200;
  return config;
}

}  // namespace

TEST_CASE("a batch depends on seed and step, not on how its rows are filled") {
  const SelectiveCopy task(small(), 7);
  TaskBatch whole(task.shape(), 16, task.training_length()), parts = whole;
  fill_training(task, 5, 0, 16, whole);
  for (const std::int64_t first : {12, 4, 0, 8}) fill_training(task, 5, first, first + 4, parts);
  CHECK(parts.tokens == whole.tokens);
  CHECK(parts.targets == whole.targets);
  fill_training(task, 6, 0, 16, parts);
  CHECK(parts.tokens != whole.tokens);
  fill_training(SelectiveCopy(small(), 8), 5, 0, 16, parts);
  CHECK(parts.tokens != whole.tokens);
}

TEST_CASE("the evaluation set is the same for every seed and disjoint from training") {
  const SelectiveCopy task(small(), 0);
  const auto tokens = [](const std::vector<Written>& examples) {
    std::set<std::vector<std::int32_t>> all;
    for (const Written& example : examples) all.insert(example.tokens());
    return all;
  };
  const auto evaluated = tokens(evaluation_examples(task));
  CHECK(evaluated.size() == 200);
  CHECK(tokens(evaluation_examples(SelectiveCopy(small(), 9))) == evaluated);
  for (std::uint64_t step = 0; step < 50; ++step) {
    for (const auto& trained : tokens(training_examples(task, 64, step))) {
      CHECK(!evaluated.contains(trained));
    }
  }
}

TEST_CASE("filling a row clears its old contents and padding") {
  FormalLanguageConfig config;
  config.shortest = 2;
  config.longest = 30;
  const EvenPairs task(config, 1);
  TaskBatch batch(task.shape(), 40, task.training_length());
  std::ranges::fill(batch.tokens, 77);
  std::ranges::fill(batch.targets, 77);
  std::ranges::fill(batch.lengths, 77);
  fill_training(task, 3, 0, 40, batch);
  for (std::int64_t row = 0; row < 40; ++row) {
    const std::int32_t length = batch.lengths[static_cast<std::size_t>(row)];
    CHECK((length >= 3 && length <= 31));
    for (std::int64_t t = 0; t < batch.time; ++t) {
      const auto place = static_cast<std::size_t>(row * batch.time + t);
      CHECK((batch.targets[place] != kNoTarget) == (t == length - 1));
      if (t >= length) CHECK(batch.tokens[place] == 0);
    }
  }
  CHECK(batch.answers() == 40);
}
