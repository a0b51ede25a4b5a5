#include "models/tasks/objective.h"

#include <utility>
#include <vector>

#include "models/ops/loss.h"

namespace seqrl {

TaskObjective::TaskObjective(const SequenceModel& model, const Task& task, std::int64_t batch,
                             Device device, ThreadPool& pool)
    : model_(model), task_(task), pool_(pool), batch_(task.shape(), batch, task.training_length()) {
  if (device != Device::cpu) resident_.emplace(task.shape(), batch_, device);
}

void TaskObjective::set_parts(std::span<const Shard> parts) {
  std::vector<ResidentTaskBatch::Part> examples;
  for (const Shard& part : parts) examples.push_back({part.first, part.last});
  resident_->set_parts(std::move(examples));
}

void TaskObjective::begin_step(std::int64_t step) {
  pool_.run(static_cast<int>(batch_.examples), [&](int row) {
    fill_training(task_, static_cast<std::uint64_t>(step), row, row + 1, batch_);
  });
  answers_ = static_cast<double>(batch_.answers());
  SEQRL_REQUIRE(answers_ > 0, "the batch of step {} has no targets", step);
  if (resident_) resident_->write(batch_);
}

Tensor TaskObjective::loss(Tape& tape, const Shard& shard) {
  if (resident_) {
    const TaskInputs inputs = resident_->inputs(tape, {shard.first, shard.last});
    return cross_entropy(model_.answer(inputs), inputs.targets, resident_->answers());
  }
  const TaskInputs inputs = task_inputs(tape, task_.shape(), batch_, shard.first, shard.last);
  return cross_entropy(model_.answer(inputs), inputs.targets, answers_);
}

}  // namespace seqrl
