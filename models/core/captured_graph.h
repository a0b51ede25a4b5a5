// A captured graph: a pass that a device repeats by itself.
#pragma once

#include <functional>
#include <memory>

#include "models/core/device.h"

namespace seqrl {

// Has a device run one pass over a tape after another. Those that repeat themselves are captured
// at the third, for from the second on an arena's addresses stay, and from then on replayed.
class CapturedGraph {
 public:
  // Runs `pass`, which begins the tape; `repeats`: this and later ones are the same work on the
  // same memory.
  void run(DeviceRuntime& runtime, bool repeats, const std::function<void()>& pass);

  // Kernels, clears and copies of a pass; 0 before it is captured.
  std::size_t size() const { return graph_ ? graph_->size() : 0; }

 private:
  int alike_ = 0;  // passes that were
  std::unique_ptr<DeviceGraph> graph_;
};

}  // namespace seqrl
