// The ceiling of this machine: arithmetic and memory bandwidth, measured in the process that is
// compared with it.
#pragma once

#include <algorithm>
#include <nlohmann/json_fwd.hpp>

#include "configs/base/stopwatch.h"
#include "configs/base/thread_pool.h"
#include "models/core/dtype.h"

namespace seqrl::tools::bench {

// Units of work a second, the best of several tries: what the machine can do, without what else it
// is doing.
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

// Fused multiply-adds of float32, registers only: GFLOP/s of all the pool's threads together.
double peak_gflops(ThreadPool& pool);

// The same of the GPU's matrix products, of two large random matrices.
double peak_gflops_of_gpu(Precision precision);

// Copying arrays far larger than the caches: bytes read plus bytes written, GB/s, all threads.
double copy_bandwidth(ThreadPool& pool);

}  // namespace seqrl::tools::bench
