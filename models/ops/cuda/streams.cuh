// Streams: values of a few arrays that a thread loads long before it reads them. The steps of a
// recurrence cannot overlap, so nothing else would hide the memory's latency.
#pragma once

#include "models/ops/cuda/kernel.cuh"

namespace seqrl::cuda {

// kCount streams. Values wait in shared memory, in a ring of kGroups groups of kGroup values each,
// which are loaded one group after the other. A thread reads what it loaded itself and never waits
// for others. By Little's law an H100's memory is saturated with about 23 KB in flight to each
// multiprocessor at a latency of 0.9 µs (3.35 TB/s · 0.9 µs / 132): 100 threads that prefetch 32
// values of two streams.
template <typename T, int kCount, int kGroup = 4, int kGroups = 8>
class Streams {
 public:
  static constexpr int kRing = kGroup * kGroups;

  // Elements of shared memory that a block of `threads` threads needs.
  static constexpr std::size_t elements(int threads) {
    return static_cast<std::size_t>(kRing * kCount * threads);
  }

  // `ring`: the block's shared memory.
  __device__ explicit Streams(T* ring) : ring_(ring + threadIdx.x) {}

  // Stream n: the values [begin, end) of the array at `data`, `stride` elements apart. Values
  // outside are never read; visit() receives arbitrary values for them, or zeros in an empty
  // stream.
  __device__ void set(int n, const T* data, Size stride, int begin, int end) {
    data_[n] = data;
    stride_[n] = stride;
    begin_[n] = begin;
    end_[n] = end;
    if (begin < end) return;
    for (int k = 0; k < kRing; ++k) *at(k, n) = 0;
  }

  // Calls visit(first) for first = 0, kGroup, … below count, once the group of values from `first`
  // on has arrived.
  template <typename Visit>
  __device__ void walk_groups(int count, Visit visit) {
    static_assert(kGroups <= 9);  // a thread can distinguish no more
    for (int group = 0; group < kGroups - 1; ++group) fetch(group * kGroup);
    for (int first = 0; first < count; first += kGroup) {
      fetch(first + (kGroups - 1) * kGroup);  // in place of the last group
      wait_for_copies<kGroups - 1>();
      visit(first);
    }
  }

  // Calls visit(values, k) for k in [0, count), with value k of each stream.
  template <typename Visit>
  __device__ void walk(int count, Visit visit) {
    walk_groups(count, [&](int first) {
      T values[kGroup][kCount];
#pragma unroll
      for (int k = 0; k < kGroup; ++k) {
#pragma unroll
        for (int n = 0; n < kCount; ++n) values[k][n] = *at(first + k, n);
      }
      if (first + kGroup <= count) {  // without a branch between them, the values' steps overlap
#pragma unroll
        for (int k = 0; k < kGroup; ++k) visit(values[k], first + k);
      } else {
#pragma unroll
        for (int k = 0; k < kGroup; ++k) {
          if (first + k < count) visit(values[k], first + k);
        }
      }
    });
  }

  // The address of value k of stream n while its group is in the ring; the other threads' values
  // are adjacent.
  __device__ T* at(int k, int n) const {
    return ring_ + (k % kRing * kCount + n) * blockDim.x;
  }

 private:
  // Requests the group that begins with value `first`.
  __device__ void fetch(int first) {
#pragma unroll
    for (int k = 0; k < kGroup; ++k) {
#pragma unroll
      for (int n = 0; n < kCount; ++n) {
        if (first + k >= begin_[n] && first + k < end_[n]) copy_ahead(at(first + k, n), data_[n]);
        data_[n] += stride_[n];
      }
    }
    close_copies();
  }

  T* ring_;
  const T* data_[kCount];
  Size stride_[kCount];
  int begin_[kCount], end_[kCount];
};

}  // namespace seqrl::cuda
