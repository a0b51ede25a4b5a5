// The ceiling of this machine: arithmetic throughput and memory bandwidth, measured in the process
// that is compared with it.
#pragma once

#include <algorithm>
#include <nlohmann/json_fwd.hpp>

#include "configs/base/stopwatch.h"
#include "configs/base/thread_pool.h"
#include "models/core/dtype.h"

namespace seqrl::tools::bench {

// Units of work per second, the best of several tries: what the machine can do without other load.
template <typename Work>
double best_rate(double amount, Work work) {
  double best = 0;
  for (int attempt = 0; attempt < 5; ++attempt) {
    const Stopwatch watch;
    work();
    best = std::max(best, amount / watch.seconds());
  }
  return best;
}

// Fused multiply-adds of float32 in registers: GFLOP/s of all the pool's threads together.
double peak_gflops(ThreadPool& pool);

// GFLOP/s of the GPU's product of two large random matrices.
double peak_gflops_of_gpu(Precision precision);

// Copies arrays far larger than the caches: bytes read plus bytes written, GB/s, all threads.
double copy_bandwidth(ThreadPool& pool);

}  // namespace seqrl::tools::bench
