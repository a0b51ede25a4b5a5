#include "models/tasks/inputs.h"

#include <algorithm>
#include <span>
#include <utility>

namespace seqrl {
namespace {

Tensor constant(Tape& tape, const std::int32_t* values, std::int64_t count) {
  const Tensor tensor = tape.constant({count}, DType::i32);
  std::copy_n(values, count, tensor.data<std::int32_t>());
  return tensor;
}

// For a batch with targets for each token: adds the tokens with a target, and their targets.
void add_asked(Tape& tape, const TaskBatch& batch, std::int64_t first, TaskInputs& inputs) {
  const std::int64_t count = inputs.tokens.dim(0), time = inputs.tokens.dim(1);
  auto* rows = tape.scratch<std::int32_t>(count * time);
  auto* targets = tape.scratch<std::int32_t>(count * time);
  std::int64_t asked = 0;
  for (std::int64_t i = 0; i < count; ++i) {
    for (std::int64_t t = 0; t < inputs.lengths.data<std::int32_t>()[i]; ++t) {
      const auto place = static_cast<std::size_t>((first + i) * batch.time + t);
      if (batch.targets[place] == kNoTarget) continue;
      rows[asked] = static_cast<std::int32_t>(i * time + t);
      targets[asked++] = batch.targets[place];
    }
  }
  inputs.rows = constant(tape, rows, asked);
  inputs.targets = constant(tape, targets, asked);
}

// The last token of each sequence.
void find_last_tokens(std::span<const std::int32_t> lengths, std::int64_t time,
                      std::span<std::int32_t> rows) {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    rows[i] = static_cast<std::int32_t>(static_cast<std::int64_t>(i) * time + lengths[i] - 1);
  }
}

}  // namespace

TaskInputs task_inputs(Tape& tape, const TaskShape& shape, const TaskBatch& batch,
                       std::int64_t first, std::int64_t last) {
  SEQRL_CHECK(0 <= first && first < last && last <= batch.examples);
  const std::int64_t begin = first * batch.documents, count = (last - first) * batch.documents;
  const std::int32_t* lengths = batch.lengths.data() + begin;
  const std::int64_t time = *std::max_element(lengths, lengths + count);
  TaskInputs inputs{.tokens = tape.constant({count, time}, DType::i32),
                    .lengths = constant(tape, lengths, count),
                    .rows = {},
                    .targets = {}};
  for (std::int64_t i = 0; i < count; ++i) {
    std::copy_n(batch.tokens.data() + (begin + i) * batch.time, time,
                inputs.tokens.data<std::int32_t>() + i * time);
  }
  if (shape.answers == Answers::each_token) {
    add_asked(tape, batch, first, inputs);
    return inputs;
  }
  inputs.targets = constant(tape, batch.targets.data() + first, last - first);
  if (shape.answers == Answers::last_token) {
    inputs.rows = tape.constant({count}, DType::i32);
    find_last_tokens(inputs.lengths.span<std::int32_t>(), time, inputs.rows.span<std::int32_t>());
  }
  return inputs;
}

ResidentTaskBatch::ResidentTaskBatch(const TaskShape& shape, const TaskBatch& batch, Device device)
    : answers_at_last_(shape.answers == Answers::last_token),
      examples_(batch.examples),
      parts_{{0, batch.examples}},
      upload_(arrays_of(batch), device) {}

std::vector<Upload::Part> ResidentTaskBatch::arrays_of(const TaskBatch& batch) {
  const std::int64_t sequences = batch.examples * batch.documents;
  const auto targets = static_cast<std::int64_t>(batch.targets.size());
  std::vector<Upload::Part> arrays(kArrays);
  arrays[kTokens] = {{sequences, batch.time}, DType::i32};
  arrays[kLengths] = {{sequences}, DType::i32};
  arrays[kRows] = {{sequences}, DType::i32};
  arrays[kTargets] = {{targets}, DType::i32};
  arrays[kAnswers] = {{1}, DType::f32};
  return arrays;
}

void ResidentTaskBatch::set_parts(std::vector<Part> parts) {
  parts_ = std::move(parts);
}

void ResidentTaskBatch::write(const TaskBatch& batch) {
  const auto put = [&](Array array, const std::vector<std::int32_t>& values) {
    std::ranges::copy(values, upload_.on_host<std::int32_t>(array).begin());
  };
  put(kTokens, batch.tokens);
  put(kLengths, batch.lengths);
  put(kTargets, batch.targets);
  if (answers_at_last_) {
    const std::span<std::int32_t> rows = upload_.on_host<std::int32_t>(kRows);
    for (const Part& part : parts_) {
      const auto first = static_cast<std::size_t>(part.first * batch.documents),
                 count = static_cast<std::size_t>(part.last * batch.documents) - first;
      find_last_tokens(std::span(batch.lengths).subspan(first, count), batch.time,
                       rows.subspan(first, count));
    }
  }
  upload_.on_host<float>(kAnswers)[0] = static_cast<float>(batch.answers());
  upload_.send();
}

TaskInputs ResidentTaskBatch::inputs(Tape& tape, const Part& part) const {
  // The part's slice of an array with rows in the order of the examples.
  const auto share = [&](Array array) {
    const Tensor& all = upload_.on_device(array);
    const std::int64_t each = all.size() / examples_;
    Shape shape{(part.last - part.first) * each};
    if (all.shape().rank() == 2) shape = {shape.size() / all.dim(1), all.dim(1)};
    return tape.constant_at(
        Tensor(all.data<std::int32_t>() + part.first * each, shape, all.dtype(), all.device()));
  };
  return {.tokens = share(kTokens),
          .lengths = share(kLengths),
          .rows = answers_at_last_ ? share(kRows) : Tensor(),
          .targets = share(kTargets)};
}

}  // namespace seqrl
