#include "models/tasks/task.h"

#include <algorithm>
#include <system_error>

#include "configs/base/error.h"
#include "configs/base/files.h"

namespace seqrl {

std::string read_task_data(const std::filesystem::path& path, std::size_t max_bytes) {
  std::error_code error;
  const bool is_there = std::filesystem::exists(path, error);
  SEQRL_REQUIRE(is_there || error,
                "task.data: there is no {}; set task.data to where the data is; seqrl downloads "
                "nothing (configs/tasks/README.md describes the files)",
                path.string());
  return read_file(path, max_bytes);
}

TaskBatch::TaskBatch(const TaskShape& shape, std::int64_t examples_, std::int64_t time_)
    : examples(examples_), documents(shape.documents), time(time_) {
  SEQRL_REQUIRE(examples >= 1 && time >= 1, "a batch needs examples and time, got {} and {}",
                examples, time);
  const auto rows = static_cast<std::size_t>(examples);
  const auto sequences = rows * static_cast<std::size_t>(documents);
  tokens.resize(sequences * static_cast<std::size_t>(time));
  lengths.resize(sequences);
  targets.resize(shape.answers == Answers::each_token ? tokens.size() : rows);
  buckets.resize(rows);
}

std::int64_t TaskBatch::answers() const {
  return std::ranges::count_if(targets, [](std::int32_t target) { return target >= 0; });
}

Example::Example(TaskBatch& batch, std::int64_t row)
    : batch_(batch),
      row_(row),
      tokens_(batch.tokens.data() + row * batch.documents * batch.time),
      length_(batch.lengths.data() + row * batch.documents) {
  SEQRL_CHECK(row >= 0 && row < batch.examples);
  const auto asked = static_cast<std::int64_t>(batch.targets.size()) / batch.examples;
  std::fill_n(tokens_, batch.documents * batch.time, 0);
  std::fill_n(length_, batch.documents, 0);
  std::fill_n(batch.targets.data() + row * asked, asked, kNoTarget);
  set_bucket(0);
}

void Example::add(std::int32_t token, std::int32_t target) {
  SEQRL_CHECK(*length_ < batch_.time);
  if (target != kNoTarget) {
    SEQRL_CHECK(batch_.targets.size() == batch_.tokens.size());
    batch_.targets[static_cast<std::size_t>(row_ * batch_.time + *length_)] = target;
  }
  tokens_[(*length_)++] = token;
}

void Example::next_document() {
  ++document_;
  SEQRL_CHECK(document_ < batch_.documents);
  tokens_ += batch_.time;
  ++length_;
}

void Example::answer(std::int32_t target) {
  SEQRL_CHECK(batch_.targets.size() == batch_.buckets.size());
  batch_.targets[static_cast<std::size_t>(row_)] = target;
}

void Example::set_bucket(std::int32_t bucket) {
  batch_.buckets[static_cast<std::size_t>(row_)] = bucket;
}

void fill_training(const Task& task, std::uint64_t step, std::int64_t first, std::int64_t last,
                   TaskBatch& batch) {
  for (std::int64_t row = first; row < last; ++row) {
    Example example(batch, row);
    task.write_training(step, row, example);
  }
}

void fill_evaluation(const Task& task, std::int64_t first, std::int64_t last, TaskBatch& batch) {
  SEQRL_CHECK(0 <= first && first <= last && last <= task.evaluation_size());
  for (std::int64_t index = first; index < last; ++index) {
    Example example(batch, index - first);
    task.write_evaluation(index, example);
  }
}

void GeneratedTask::write_training(std::uint64_t step, std::int64_t row, Example& example) const {
  Random random(seed_, Purpose::task, step, static_cast<std::uint32_t>(row));
  generate(random, Split::training, example);
}

void GeneratedTask::write_evaluation(std::int64_t index, Example& example) const {
  Random random(0, Purpose::task_evaluation, static_cast<std::uint64_t>(index));
  generate(random, Split::evaluation, example);
}

void FiniteTask::write_training(std::uint64_t step, std::int64_t row, Example& example) const {
  Random random(seed_, Purpose::batch, step, static_cast<std::uint32_t>(row));
  const auto size = static_cast<std::uint64_t>(this->size(Split::training));
  write(Split::training, static_cast<std::int64_t>(random.below(size)), example);
}

void FiniteTask::write_evaluation(std::int64_t index, Example& example) const {
  write(Split::evaluation, index, example);
}

}  // namespace seqrl
