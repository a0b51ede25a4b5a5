// A task as what a Trainer minimises.
#pragma once

#include "models/tasks/sequence_model.h"
#include "models/training/trainer.h"

namespace seqrl {

// The mean cross entropy of a batch's answers, in nats.
class TaskObjective : public Objective {
 public:
  // Keeps references to all but the size of a batch.
  TaskObjective(const SequenceModel& model, const Task& task, std::int64_t batch, ThreadPool& pool);

  void begin_step(std::int64_t step) override;
  Tensor loss(Tape& tape, const Shard& shard) override;

 private:
  const SequenceModel& model_;
  const Task& task_;
  ThreadPool& pool_;
  TaskBatch batch_;
  double answers_ = 0;
};

}  // namespace seqrl
