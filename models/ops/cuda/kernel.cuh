// What every kernel is written with.
//
// The same source compiles for the device, by nvcc, and for the tests, by a C++ compiler with a
// header that stands for what CUDA adds to the language: a default test run checks every index,
// mask and carry without a GPU. So a kernel uses no more of CUDA than is here: one-dimensional
// grids and blocks, dynamic shared memory, copies to it that run ahead, __syncthreads, __syncwarp
// and shuffles among all lanes of a warp.
// There are no atomics: every sum is in an order that the sizes alone decide, and two runs agree to
// the bit.
#pragma once

#include <cstddef>
#include <cstdint>

#ifdef __CUDACC__
#include "models/ops/cuda/device_launch.cuh"
#else
#include "cuda_emulation.h"
#endif

namespace seqrl::cuda {

using Size = std::int64_t;

constexpr int kWarp = 32;
constexpr int kThreads = 256;  // of a block, where nothing speaks for another number

constexpr Size blocks_for(Size items, Size each = kThreads) {
  return (items + each - 1) / each;
}

// The element that this thread is about, where each has one.
__device__ inline Size thread_number() {
  return static_cast<Size>(blockIdx.x) * blockDim.x + threadIdx.x;
}

// Sums over a warp, in the same order in every lane, which all receive the result.
template <typename T>
__device__ T warp_sum(T value) {
  for (int lane = kWarp / 2; lane > 0; lane /= 2) value += __shfl_xor_sync(~0u, value, lane);
  return value;
}
template <typename T>
__device__ T warp_max(T value) {
  for (int lane = kWarp / 2; lane > 0; lane /= 2) {
    const T other = __shfl_xor_sync(~0u, value, lane);
    value = other > value ? other : value;
  }
  return value;
}

// The sum over a block of whole warps; `shared` has room for one T a warp, and may be used again
// after it.
template <typename T>
__device__ T block_sum(T value, T* shared) {
  value = warp_sum(value);
  if (threadIdx.x % kWarp == 0) shared[threadIdx.x / kWarp] = value;
  __syncthreads();
  T sum = 0;
  for (unsigned warp = 0; warp < blockDim.x / kWarp; ++warp) sum += shared[warp];
  __syncthreads();
  return sum;
}

// Writes or adds.
template <typename T>
__device__ void put(T& to, T value, bool accumulate) {
  to = accumulate ? to + value : value;
}

}  // namespace seqrl::cuda

// float64 is for the emulated device of the tests.
#ifdef __CUDACC__
#define SEQRL_INSTALL(install) install(float{})
#else
#define SEQRL_INSTALL(install) install(float{}), install(double{})
#endif
