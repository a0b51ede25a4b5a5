// The part of CUDA that every kernel uses, and sums over warps and blocks.
//
// The same source compiles for the device, with nvcc, and for the tests, with a C++ compiler and a
// header that emulates CUDA's additions to the language. A default test run thus checks every
// index, mask and carry without a GPU. So a kernel uses no CUDA features but these: one-dimensional
// grids and blocks, dynamic shared memory, asynchronous copies to it, __syncthreads and, among all
// lanes of a warp, __syncwarp, shuffles, __ballot_sync and __popc. There are no atomics: every sum
// is in an order that depends on the sizes alone, and two runs agree to the bit.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "models/core/alignment.h"

#ifdef __CUDACC__
#include "models/ops/cuda/device_launch.cuh"
#else
#include "cuda_emulation.h"
#endif

namespace seqrl::cuda {

using Size = std::int64_t;

constexpr int kWarp = 32;
constexpr int kThreads = 256;  // per block, unless there is a reason for another number

constexpr Size blocks_for(Size items, Size each = kThreads) {
  return divide_up(items, each);
}

// Divides numbers below 2^31 by multiplication: n / d = (⌊n·m / 2^32⌋ + n) / 2^s, where 2^s ≥ d and
// m = ⌊2^32·(2^s − d) / d⌋ + 1. Larger numbers use ordinary division, which takes about a hundred
// instructions. Source: Granlund & Montgomery, "Division by Invariant Integers using
// Multiplication", 1994.
class Divisor {
 public:
  Divisor(Size value) : value_(value) {  // a kernel's parameter, given as a number
    if (value < 1 || value > INT32_MAX) return;
    shift_ = std::bit_width(static_cast<std::uint32_t>(value) - 1);
    const std::uint64_t excess = (std::uint64_t{1} << shift_) - static_cast<std::uint64_t>(value);
    multiplier_ =
        static_cast<std::uint32_t>((excess << 32) / static_cast<std::uint64_t>(value) + 1);
  }
  __host__ __device__ operator Size() const { return value_; }

  // For n ≥ 0.
  friend __device__ Size operator/(Size n, const Divisor& by) {
    if (n > INT32_MAX || by.multiplier_ == 0) return n / by.value_;
    const auto low = static_cast<std::uint32_t>(n);
    const auto high =
        static_cast<std::uint32_t>(static_cast<std::uint64_t>(low) * by.multiplier_ >> 32);
    return static_cast<Size>((high + low) >> by.shift_);
  }
  friend __device__ Size operator%(Size n, const Divisor& by) { return n - n / by * by.value_; }

 private:
  Size value_;
  std::uint32_t multiplier_ = 0;
  int shift_ = 0;
};

// The element that this thread handles, with one element per thread.
__device__ inline Size thread_number() {
  return static_cast<Size>(blockIdx.x) * blockDim.x + threadIdx.x;
}

// The thread's place in its warp.
__device__ inline int lane() {
  return static_cast<int>(threadIdx.x) % kWarp;
}

// Sums over a warp, in the same order in every lane; all lanes receive the result.
template <typename T>
__device__ T warp_sum(T value) {
  for (int half = kWarp / 2; half > 0; half /= 2) value += __shfl_xor_sync(~0u, value, half);
  return value;
}
template <typename T>
__device__ T warp_max(T value) {
  for (int half = kWarp / 2; half > 0; half /= 2) {
    const T other = __shfl_xor_sync(~0u, value, half);
    value = other > value ? other : value;
  }
  return value;
}

// The sum over a block of whole warps; `shared` holds one T per warp, and may be reused afterwards.
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

// Calls f with the number of elements per lane of a row of `size` elements, rounded up to a power
// of 2, as a constant; kMost at most.
template <int kMost, int kColumns = 1, typename F>
void with_columns(Size size, F f) {
  if constexpr (kColumns < kMost) {
    if (size > kColumns * kWarp) return with_columns<kMost, 2 * kColumns>(size, f);
  }
  f(std::integral_constant<int, kColumns>{});
}

// A few elements that are read at once.
template <typename T, int kCount>
struct alignas(kCount * sizeof(T) < 16 ? kCount * sizeof(T) : 16) Elements {
  T of[kCount];
};
template <int kCount, typename T>
__device__ Elements<T, kCount> read(const T* from) {
  return *reinterpret_cast<const Elements<T, kCount>*>(from);
}

// Elements that a thread moves at once, if their addresses allow it.
constexpr int kQuad = 4;
template <typename... T>
bool are_aligned(const T*... data) {
  return ((reinterpret_cast<std::uintptr_t>(data) % alignof(Elements<T, kQuad>) == 0) && ...);
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
