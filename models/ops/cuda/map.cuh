// Elementwise functions.
#pragma once

#include "models/ops/cuda/kernel.cuh"

namespace seqrl::cuda {

// y[i] = f(i), or += with `accumulate`, for i in [0, n); f may read y[i]. A thread computes a few
// elements, all of which it loads before it writes the first.
constexpr int kMapped = 4;
template <typename T, typename F>
__global__ void map(Size n, F f, T* y, bool accumulate) {
  const Size first = static_cast<Size>(blockIdx.x) * kMapped * kThreads + threadIdx.x;
  T values[kMapped];
#pragma unroll
  for (int k = 0; k < kMapped; ++k) {
    const Size i = first + k * kThreads;
    if (i < n) values[k] = accumulate ? y[i] + f(i) : f(i);
  }
#pragma unroll
  for (int k = 0; k < kMapped; ++k) {
    const Size i = first + k * kThreads;
    if (i < n) y[i] = values[k];
  }
}

template <typename T, typename F>
void launch_map(Size n, F f, T* y, bool accumulate) {
  launch(map<T, F>, blocks_for(n, kMapped * kThreads), kThreads, 0, n, f, y, accumulate);
}

}  // namespace seqrl::cuda
