// A captured graph: work that a device replays by itself.
#pragma once

#include <functional>
#include <memory>

#include "models/core/device.h"

namespace seqrl {

// Runs the passes of a tape on a device. The first two passes that do the same work run kernel by
// kernel; after them the arena's addresses stay the same. The third is captured. It and all later
// passes are replayed.
class CapturedGraph {
 public:
  // Runs `pass`, which calls Tape::begin(). With `repeats`, this pass and all later ones with
  // `repeats` do the same work on the same memory; other passes are run and never captured.
  void run(DeviceRuntime& runtime, bool repeats, const std::function<void()>& pass);

  // The number of kernels, clears and copies in a pass; 0 before it is captured.
  std::size_t size() const { return graph_ ? graph_->size() : 0; }

 private:
  int runs_ = 0;  // passes with `repeats` that ran before the capture
  std::unique_ptr<DeviceGraph> graph_;
};

}  // namespace seqrl
