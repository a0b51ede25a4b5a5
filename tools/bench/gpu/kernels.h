// The speed of a GPU and of single kernels on it.
#pragma once

#include <cstdint>
#include <vector>

#include "tools/bench/gpu/measure.h"

namespace seqrl::tools::bench {

// The sizes at which kernels are measured; a test uses smaller ones.
struct KernelSizes {
  std::int64_t elements = std::int64_t{64} * 4096 * 256;  // of each array of a scan, at most
  std::int64_t batch = 64, dim = 256;
  std::vector<std::int64_t> times = {20, 128, 512, 4096, 65536};
  int repeats = 20;  // each figure is the median of this many
};

// Measures memory copies and a graph's smallest kernel: lower bounds for the time of a step.
void bench_device(const KernelSizes& sizes, const Report& report);

// Measures scans of random inputs, forward and backward, relative to the copy bandwidth. Short
// scans alternate between several inputs, which together are larger than the cache.
void bench_scans(const KernelSizes& sizes, const Report& report);

}  // namespace seqrl::tools::bench
