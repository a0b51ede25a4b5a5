// A task's batch as a network reads it.
#pragma once

#include <vector>

#include "models/core/tape.h"
#include "models/tasks/task.h"

namespace seqrl {

// All integers are int32.
struct TaskInputs {
  Tensor tokens;   // (sequences, time)
  Tensor lengths;  // (sequences)
  Tensor rows;     // (answers), the tokens to answer at, b · time + t; undefined: at every token
  Tensor targets;  // (answers), kNoTarget where nothing is asked after all
};

// Examples first … last − 1 of a batch on a tape of the CPU: sequences cut to the longest of them,
// and only what is asked.
TaskInputs task_inputs(Tape& tape, const TaskShape& shape, const TaskBatch& batch,
                       std::int64_t first, std::int64_t last);

// A whole batch in the memory of a device, of the same sizes whatever it holds: sequences as long
// as can be, and a target, or none, for every answer that there might be.
class ResidentTaskBatch {
 public:
  ResidentTaskBatch(const TaskShape& shape, const TaskBatch& batch, Device device);

  // Waits until the batch before was read.
  void write(const TaskBatch& batch);

  TaskInputs inputs(Tape& tape) const;
  // How many targets there are, one float.
  const Tensor& answers() const { return answers_; }

 private:
  Tensor make(Shape shape, DType dtype, Device device);

  std::vector<Storage> storage_;
  Tensor tokens_, lengths_, rows_, targets_, answers_;
};

}  // namespace seqrl
