#include "models/tasks/inputs.h"

#include <vector>

#include "tests/catch.h"

using namespace seqrl;

namespace {

std::vector<std::int32_t> numbers(const Tensor& tensor) {
  const std::span<std::int32_t> all = tensor.span<std::int32_t>();
  return {all.begin(), all.end()};
}

}  // namespace

TEST_CASE("sequences of a shard are cut to the longest, and answers are read at targets") {
  const TaskShape shape{.symbols = 10, .classes = 5};
  TaskBatch batch(shape, 3, 6);
  const auto write = [&](std::int64_t row, const std::vector<std::int32_t>& tokens) {
    Example example(batch, row);
    for (const std::int32_t token : tokens) {
      example.add(token, token % 2 == 0 ? token / 2 : kNoTarget);
    }
  };
  write(0, {1, 2, 3, 4, 5, 6});  // not in the shard
  write(1, {7, 8});
  write(2, {2, 1, 4});
  Tape tape;
  tape.begin({});
  const TaskInputs inputs = task_inputs(tape, shape, batch, 1, 3);
  CHECK(inputs.tokens.shape() == Shape{2, 3});
  CHECK(numbers(inputs.tokens) == std::vector<std::int32_t>{7, 8, 0, 2, 1, 4});
  CHECK(numbers(inputs.lengths) == std::vector<std::int32_t>{2, 3});
  CHECK(numbers(inputs.rows) == std::vector<std::int32_t>{1, 3, 5});
  CHECK(numbers(inputs.targets) == std::vector<std::int32_t>{4, 1, 2});
}

TEST_CASE("a task with one answer has a target for each example of two documents") {
  const TaskShape shape{
      .symbols = 10, .classes = 5, .documents = 2, .answers = Answers::mean_token};
  TaskBatch batch(shape, 2, 4);
  for (std::int64_t row = 0; row < 2; ++row) {
    Example example(batch, row);
    for (std::int32_t token = 0; token <= row; ++token) example.add(token + 1);
    example.next_document();
    example.add(9);
    example.answer(static_cast<std::int32_t>(row) + 3);
  }
  Tape tape;
  tape.begin({});
  const TaskInputs inputs = task_inputs(tape, shape, batch, 0, 2);
  CHECK(inputs.tokens.shape() == Shape{4, 2});
  CHECK(numbers(inputs.tokens) == std::vector<std::int32_t>{1, 0, 9, 0, 1, 2, 9, 0});
  CHECK(numbers(inputs.lengths) == std::vector<std::int32_t>{1, 1, 2, 1});
  CHECK(numbers(inputs.targets) == std::vector<std::int32_t>{3, 4});
}
