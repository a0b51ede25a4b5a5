// What a run asks of this machine's memory, estimated before any of it is taken.
#pragma once

#include <cstdint>
#include <string>

#include "agents/config/run_config.h"
#include "models/tasks/task.h"

namespace seqrl {

// In bytes, where it learns on the CPU. Datasets are not part of it: their files have limits of
// their own.
struct RunMemory {
  double parameters = 0;   // how many there are
  double weights = 0;      // and what they, their gradients and the optimizer's state take
  double activations = 0;  // of a training step
  double evaluation = 0;   // of the episodes that are played at once, and of all results
  double replay = 0;       // on the disk: SAC's replay.bin

  double total() const { return weights + activations + evaluation; }
};

// Of a resolved config. That of a task needs the task; without it `parameters` and `weights` count
// the backbone only, and the rest is 0.
RunMemory estimate_memory(const RunConfig& config, const Task* task = nullptr);

// "1.2 GB: weights 0.1, a step's activations 1.0, evaluation 0.1"
std::string to_text(const RunMemory& memory);

// Rejects a run that needs more than this machine has, of memory or, in or above the run's folder,
// of disk, naming the keys to lower. Also a hopeless one before an estimate that takes memory
// itself.
void require_memory(const RunConfig& config, const Task* task = nullptr);

}  // namespace seqrl
