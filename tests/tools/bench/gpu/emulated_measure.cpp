// A substitute on the emulated device for tools/bench/gpu/measure.cpp, which needs CUDA.
#include "configs/base/stopwatch.h"
#include "models/core/tensor.h"
#include "tools/bench/gpu/measure.h"

namespace seqrl::tools::bench {

double seconds_each(int count, const std::function<void()>& call) {
  const Storage any(1, Device::cuda);
  const Stopwatch watch;
  for (int i = 0; i < count; ++i) call();
  std::byte read;
  runtime_of(Device::cuda).read(&read, any.data(), 1);  // waits
  return watch.seconds() / count;
}

double seconds_captured(int count, const std::function<void()>& work) {
  work();
  const auto graph = runtime_of(Device::cuda).capture(work);
  return seconds_each(count, [&] { graph->replay(); });
}

std::size_t memory_in_use() {
  return runtime_of(Device::cuda).allocated();
}

std::size_t cache_bytes() {
  return 1000;
}

}  // namespace seqrl::tools::bench
