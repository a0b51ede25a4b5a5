// The ceiling of this machine: arithmetic and memory bandwidth, measured in the process that is
// compared with it.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "configs/base/thread_pool.h"
#include "models/core/dtype.h"

namespace seqrl::tools::bench {

// Fused multiply-adds of float32, registers only: GFLOP/s of all the pool's threads together.
double peak_gflops(ThreadPool& pool);

// The same of the GPU's matrix products, of two large random matrices.
double peak_gflops_of_gpu(Precision precision);

// Copying arrays far larger than the caches: bytes read plus bytes written, GB/s, all threads.
double copy_bandwidth(ThreadPool& pool);

// Seconds on the steady clock.
double now();

}  // namespace seqrl::tools::bench
