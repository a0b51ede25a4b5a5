// What a thread reads value after value, of a few arrays, asked for long before it is needed: the
// steps of a recurrence cannot overlap, so nothing else would hide the memory's latency.
#pragma once

#include "models/ops/cuda/kernel.cuh"

namespace seqrl::cuda {

// Values wait in shared memory, in a ring of groups that arrive one after the other. A thread reads
// only what it asked for itself, so that it never waits for others. An H100 streams at full speed
// with about 24 KB on their way to each multiprocessor: 100 threads that look 32 values ahead.
constexpr int kStreamGroup = 4;   // values of each stream that are asked for together
constexpr int kStreamGroups = 8;  // that the ring holds

// Shared memory that a block of `threads` needs to walk `streams` of them.
template <typename T>
constexpr std::size_t stream_ring(int streams, int threads) {
  return sizeof(T) * static_cast<std::size_t>(kStreamGroup * kStreamGroups * streams * threads);
}

template <typename T, int kCount>
class Streams {
 public:
  // Stream n: `length` values from `data` on, `stride` elements apart.
  __device__ void set(int n, const T* data, Size stride, int length) {
    data_[n] = data;
    stride_[n] = stride;
    length_[n] = length;
  }

  // Calls visit(values, k) for k in [0, count), with value k of each stream; of one that is
  // shorter, with anything.
  template <typename Visit>
  __device__ void walk(int count, Visit visit) {
    for (int group = 0; group < kStreamGroups - 1; ++group) fetch(group * kStreamGroup);
    for (int first = 0; first < count; first += kStreamGroup) {
      fetch(first + (kStreamGroups - 1) * kStreamGroup);  // where the last group was
      wait_for_copies<kStreamGroups - 1>();
      T values[kStreamGroup][kCount];
#pragma unroll
      for (int k = 0; k < kStreamGroup; ++k) {
#pragma unroll
        for (int n = 0; n < kCount; ++n) values[k][n] = *slot(first + k, n);
      }
      if (first + kStreamGroup <= count) {  // without a branch between them, values overlap
#pragma unroll
        for (int k = 0; k < kStreamGroup; ++k) visit(values[k], first + k);
      } else {
        for (int k = 0; k < kStreamGroup; ++k) {
          if (first + k < count) visit(values[k], first + k);
        }
      }
    }
  }

 private:
  __device__ static T* slot(int k, int n) {
    constexpr int kRing = kStreamGroup * kStreamGroups;
    return shared_memory<T>() + ((k % kRing) * kCount + n) * blockDim.x + threadIdx.x;
  }

  // Asks for the group that begins with value `first`.
  __device__ void fetch(int first) {
#pragma unroll
    for (int k = 0; k < kStreamGroup; ++k) {
#pragma unroll
      for (int n = 0; n < kCount; ++n) {
        if (first + k < length_[n]) copy_ahead(slot(first + k, n), data_[n]);
        data_[n] += stride_[n];
      }
    }
    close_copies();
  }

  const T* data_[kCount];
  Size stride_[kCount];
  int length_[kCount];
};

}  // namespace seqrl::cuda
