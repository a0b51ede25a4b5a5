// The loss of a task, minimised by a Trainer.
#pragma once

#include <optional>
#include <span>

#include "configs/base/thread_pool.h"
#include "models/tasks/sequence_model.h"
#include "models/training/objective.h"

namespace seqrl {

// The mean cross entropy of a batch's answers, in nats. While a device works on one batch, the CPU
// generates the next. A device does not cut sequences to the longest of a shard. So if lengths
// differ, dropout draws different numbers on a device than on the CPU.
class TaskObjective : public Objective {
 public:
  // Keeps references to model, task and pool. `device` is the device of the model's parameters.
  TaskObjective(const SequenceModel& model, const Task& task, std::int64_t batch, Device device,
                ThreadPool& pool);

  void set_parts(std::span<const Shard> parts) override;
  void begin_step(std::int64_t step) override;
  Tensor loss(Tape& tape, const Shard& shard) override;
  SampleSize sample_size() const override {
    return {.tokens = batch_.documents * batch_.time,
            .at_once = model_.backbone().sequences_at_once()};
  }
  bool same_work_each_step() const override { return true; }

 private:
  const SequenceModel& model_;
  const Task& task_;
  ThreadPool& pool_;
  TaskBatch batch_;
  std::optional<ResidentTaskBatch> resident_;  // on a device
  double answers_ = 0;
};

}  // namespace seqrl
