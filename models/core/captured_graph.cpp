#include "models/core/captured_graph.h"

namespace seqrl {

void CapturedGraph::run(DeviceRuntime& runtime, bool repeats, const std::function<void()>& pass) {
  constexpr int kRunsBeforeCapture = 2;
  if (!repeats) return pass();
  if (!graph_ && runs_ < kRunsBeforeCapture) {
    ++runs_;
    return pass();
  }
  if (!graph_) graph_ = runtime.capture(pass);
  graph_->replay();
}

}  // namespace seqrl
