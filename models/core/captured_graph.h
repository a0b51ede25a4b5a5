// A captured graph: work that a device repeats by itself.
#pragma once

#include <functional>
#include <memory>

#include "models/core/device.h"

namespace seqrl {

// Runs the passes of a tape on a device. The first two passes that do the same work run kernel by
// kernel, after which the arena's addresses stay the same; the third is captured, and it and all
// later ones are replayed.
class CapturedGraph {
 public:
  // Runs `pass`, which begins the tape. `repeats` says that this pass and all later ones with
  // `repeats` do the same work on the same memory; others are run and never captured.
  void run(DeviceRuntime& runtime, bool repeats, const std::function<void()>& pass);

  // Kernels, clears and copies of a pass; 0 before it is captured.
  std::size_t size() const { return graph_ ? graph_->size() : 0; }

 private:
  int runs_ = 0;  // of passes with `repeats`, before the capture
  std::unique_ptr<DeviceGraph> graph_;
};

}  // namespace seqrl
