#include "tools/bench/gpu/measure.h"

#include <cuda_runtime_api.h>

#include <algorithm>
#include <vector>

#include "configs/base/statistics.h"
#include "models/core/device.h"
#include "models/ops/cuda/stream.h"

namespace seqrl::tools::bench {
namespace {

using cuda::check;

// Points of the queue at which the device records the time.
class Timestamps {
 public:
  explicit Timestamps(int count) : events_(static_cast<std::size_t>(count)) {
    for (cudaEvent_t& event : events_) check(cudaEventCreate(&event), "creating an event");
  }
  Timestamps(const Timestamps&) = delete;
  Timestamps& operator=(const Timestamps&) = delete;
  ~Timestamps() {
    for (const cudaEvent_t event : events_) cudaEventDestroy(event);
  }

  void note(int number) {
    check(cudaEventRecord(events_[static_cast<std::size_t>(number)], cuda::stream()),
          "recording an event");
  }
  // The median of the seconds from each point to the next. Waits for the last point.
  double median_gap() const {
    check(cudaEventSynchronize(events_.back()), "waiting");
    std::vector<double> seconds;
    for (std::size_t i = 1; i < events_.size(); ++i) {
      float milliseconds = 0;
      check(cudaEventElapsedTime(&milliseconds, events_[i - 1], events_[i]),
            "reading the time of an event");
      seconds.push_back(milliseconds * 1e-3);
    }
    std::sort(seconds.begin(), seconds.end());
    return sorted_quantile(seconds, 0.5);
  }

 private:
  std::vector<cudaEvent_t> events_;
};

}  // namespace

double seconds_each(int count, const std::function<void()>& call) {
  for (int i = 0; i < 3; ++i) call();
  Timestamps timestamps(count + 1);
  timestamps.note(0);
  for (int i = 1; i <= count; ++i) {
    call();
    timestamps.note(i);
  }
  return timestamps.median_gap();
}

double seconds_captured(int count, const std::function<void()>& work) {
  work();  // the first call creates objects, which must not happen within a capture
  const auto graph = runtime_of(Device::cuda).capture(work);
  return seconds_each(count, [&] { graph->replay(); });
}

std::size_t memory_in_use() {
  std::size_t free = 0, total = 0;
  check(cudaMemGetInfo(&free, &total), "querying the memory");
  return total - free;
}

std::size_t cache_bytes() {
  int device = 0, bytes = 0;
  check(cudaGetDevice(&device), "querying the device");
  check(cudaDeviceGetAttribute(&bytes, cudaDevAttrL2CacheSize, device), "querying the cache size");
  return static_cast<std::size_t>(bytes);
}

}  // namespace seqrl::tools::bench
