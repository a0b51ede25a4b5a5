// A task's batch as a network reads it.
#pragma once

#include <vector>

#include "models/core/tape.h"
#include "models/core/transfer.h"
#include "models/tasks/task.h"

namespace seqrl {

// All integers are int32.
struct TaskInputs {
  Tensor tokens;   // (sequences, time)
  Tensor lengths;  // (sequences)
  Tensor rows;     // (answers), the tokens to answer at, b · time + t; undefined: at every token
  Tensor targets;  // (answers), kNoTarget for none
};

// Examples first … last − 1 of a batch on a tape of the CPU: sequences cut to the longest of them,
// and only the answers that have a target.
TaskInputs task_inputs(Tape& tape, const TaskShape& shape, const TaskBatch& batch,
                       std::int64_t first, std::int64_t last);

// A whole batch in the memory of a device, in one part or several. Its sizes never change:
// sequences have the task's largest length, and every possible answer has a target or kNoTarget.
class ResidentTaskBatch {
 public:
  ResidentTaskBatch(const TaskShape& shape, const TaskBatch& batch, Device device);

  // Examples [first, last) of the batch.
  struct Part {
    std::int64_t first, last;
  };
  // The parts that are read, in their order.
  void set_parts(std::vector<Part> parts);

  // Queues a copy to the device, which later work reads; the host does not wait for it.
  void write(const TaskBatch& batch);

  // One of the parts; of one part the whole batch.
  TaskInputs inputs(Tape& tape, const Part& part) const;
  TaskInputs inputs(Tape& tape) const { return inputs(tape, {0, examples_}); }
  // How many targets there are, one float.
  const Tensor& answers() const { return upload_.on_device(kAnswers); }

 private:
  enum Array : std::size_t { kTokens, kLengths, kRows, kTargets, kAnswers, kArrays };
  static std::vector<Upload::Part> arrays_of(const TaskBatch& batch);

  bool answers_at_last_;
  std::int64_t examples_;
  std::vector<Part> parts_;
  Upload upload_;
};

}  // namespace seqrl
