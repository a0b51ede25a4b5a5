// The speed of a GPU and of single kernels on it.
#pragma once

#include <cstdint>
#include <vector>

#include "tools/bench/gpu/measure.h"

namespace seqrl::tools::bench {

// The sizes that kernels are measured at, which a test takes smaller.
struct KernelSizes {
  std::int64_t elements = std::int64_t{64} * 4096 * 256;  // of each array of a scan, at most
  std::int64_t batch = 64, dim = 256;
  std::vector<std::int64_t> times = {20, 128, 512, 4096, 65536};
  int repeats = 20;  // a figure is the median of so many
};

// Copying memory, and a graph's smallest kernel: no step is faster than its bytes and its kernels.
void bench_device(const KernelSizes& sizes, const Report& report);

// Scans of random inputs, forward and backward, beside the copy's bandwidth. Short ones take turns
// on several inputs, which together are larger than the cache.
void bench_scans(const KernelSizes& sizes, const Report& report);

}  // namespace seqrl::tools::bench
