// A task's batch in the form that a network reads.
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
  Tensor rows;     // (answers), the tokens to answer at, b · time + t; undefined: every token
  Tensor targets;  // (answers), kNoTarget if there is none
};

// Examples first … last − 1 of a batch on a CPU tape: sequences are cut to the longest of them, and
// only answers with a target are included.
TaskInputs task_inputs(Tape& tape, const TaskShape& shape, const TaskBatch& batch,
                       std::int64_t first, std::int64_t last);

// A whole batch in device memory, in one part or several. Its sizes never change: sequences have
// the task's largest length, and every possible answer has a target or kNoTarget.
class ResidentTaskBatch {
 public:
  ResidentTaskBatch(const TaskShape& shape, const TaskBatch& batch, Device device);

  // Examples [first, last) of the batch.
  struct Part {
    std::int64_t first, last;
  };
  // The parts that are read, in order.
  void set_parts(std::vector<Part> parts);

  // Queues a copy to the device for later work to read; the host does not wait for it.
  void write(const TaskBatch& batch);

  // One of the parts; without `part`, the whole batch as the only part.
  TaskInputs inputs(Tape& tape, const Part& part) const;
  TaskInputs inputs(Tape& tape) const { return inputs(tape, {0, examples_}); }
  // The number of targets, one float.
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
