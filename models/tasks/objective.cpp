#include "models/tasks/objective.h"

#include "models/ops/loss.h"

namespace seqrl {

TaskObjective::TaskObjective(const SequenceModel& model, const Task& task, std::int64_t batch,
                             ThreadPool& pool)
    : model_(model), task_(task), pool_(pool), batch_(task.shape(), batch, task.training_time()) {}

void TaskObjective::begin_step(std::int64_t step) {
  pool_.run(static_cast<int>(batch_.examples), [&](int row) {
    fill_training(task_, static_cast<std::uint64_t>(step), row, row + 1, batch_);
  });
  answers_ = static_cast<double>(batch_.answers());
}

Tensor TaskObjective::loss(Tape& tape, const Shard& shard) {
  const auto [scores, targets] = model_.answer(tape, batch_, shard.first, shard.last);
  return cross_entropy(scores, targets, answers_);
}

}  // namespace seqrl
