// Streams of neighbouring channels that a warp loads together, four channels at once.
#pragma once

#include "models/ops/cuda/kernel.cuh"

namespace seqrl::cuda {

// kCount streams per thread, each of one channel. Values wait in shared memory: a ring of kGroups
// groups of kGroup values, loaded one group after the other, long before they are read. The steps
// of a recurrence cannot overlap, so nothing else would hide the memory's latency. By Little's law
// an H200's memory is saturated with about 33 KB in flight to each multiprocessor at a latency of
// 0.9 µs (4.8 TB/s · 0.9 µs / 132): 124 threads that prefetch 48 values of two streams request 47
// KB.
//
// With `wide` a lane loads the values of four neighbouring threads' channels, for every fourth
// token: a quarter of the instructions. The channels of four threads must then be adjacent, at
// addresses that are_aligned(), with strides that are multiples of four. Either all of these four
// threads have a channel, with equally many values, or none does.
template <typename T, int kCount, int kThreads>
class ChannelStreams {
  static constexpr int kGroup = 8, kGroups = kCount <= 3 ? 8 : 4;  // 48 KB for blocks of 64
  static constexpr int kValues = kCount * kThreads;                // of a token
  static constexpr int kGroupValues = kGroup * kValues;
  static constexpr int kQuads = kWarp / kQuad, kTokens = kWarp / kQuads;  // that a warp loads

 public:
  // Elements of shared memory that a block needs.
  static constexpr std::size_t kElements = static_cast<std::size_t>(kGroups * kGroupValues);

  __device__ ChannelStreams(T* ring, bool wide) : ring_(ring), wide_(wide) {}

  // Stream n: `count` values from `data` on, `stride` elements apart, the same in all threads.
  // Values beyond are never read; visit() receives arbitrary values for them. All lanes of a warp
  // take part.
  __device__ void set(int n, const T* data, Size stride, int count) {
    if (wide_) {
      const int first = lane() % kQuads * kQuad;  // the first lane that this one loads for
      const auto address = reinterpret_cast<std::uintptr_t>(data);
      data = reinterpret_cast<const T*>(__shfl_sync(~0u, address, first));
      count = __shfl_sync(~0u, count, first);
      data += lane() / kQuads * stride;
    }
    data_[n] = data;
    stride_[n] = stride;
    count_[n] = count;
    const int least = -warp_max(-count);
    full_ = n == 0 || least < full_ ? least : full_;
  }

  // Calls visit(values, k) for k in [0, count), with value k of each stream. `count` is the
  // thread's own; all lanes of a warp take part.
  template <typename Visit>
  __device__ void walk(int count, Visit visit) {
    const int most = warp_max(count), least = -warp_max(-count);
    const int whole = wide_ ? (full_ < least ? full_ : least) - (kGroups - 1) * kGroup : 0;
    Ring ring;
    for (int group = 0; group < kGroups - 1; ++group) {
      fetch<false>(group * kGroup, ring.ahead);
      ring.ahead += kGroupValues;
    }
    // A fast loop while every lane has all values and those loaded next; then the rest.
    int first = 0;
    for (; first + kGroup <= whole; first += kGroup) {
      T values[kGroup][kCount];
      next<true>(ring, first, values);
#pragma unroll
      for (int k = 0; k < kGroup; ++k) visit(values[k], first + k);
    }
    for (; first < most; first += kGroup) {
      T values[kGroup][kCount];
      next<false>(ring, first, values);
#pragma unroll
      for (int k = 0; k < kGroup; ++k) {
        if (first + k < count) visit(values[k], first + k);
      }
    }
  }

 private:
  // The ring positions of the group that is read next and of the one that is loaded next.
  struct Ring {
    int now = 0, ahead = 0;
  };

  // Reads the group that begins with value `first`, and requests the farthest later group that fits
  // in the ring. With kWhole all lanes have all of these values.
  template <bool kWhole>
  __device__ void next(Ring& ring, int first, T (&values)[kGroup][kCount]) {
    wait_for_copies<kGroups - 2>();
    __syncwarp();  // the other lanes' copies have arrived, and they have read the group before
    fetch<kWhole>(first + (kGroups - 1) * kGroup, ring.ahead);
    const T* from = ring_ + ring.now + threadIdx.x;
    ring.ahead = ring.now;
    ring.now = ring.now == (kGroups - 1) * kGroupValues ? 0 : ring.now + kGroupValues;
#pragma unroll
    for (int k = 0; k < kGroup; ++k) {
#pragma unroll
      for (int n = 0; n < kCount; ++n) values[k][n] = from[k * kValues + n * kThreads];
    }
  }

  // Requests the group that begins with value `first`, to be put at element `to` of the ring.
  template <bool kWhole>
  __device__ void fetch(int first, int to) {
    if (kWhole || wide_) {
      const int token = lane() / kQuads, warp = static_cast<int>(threadIdx.x) / kWarp * kWarp;
      T* quad = ring_ + to + token * kValues + warp + lane() % kQuads * kQuad;
#pragma unroll
      for (int k = 0; k < kGroup; k += kTokens) {
#pragma unroll
        for (int n = 0; n < kCount; ++n) {
          if (kWhole || first + k + token < count_[n]) {
            copy_ahead(reinterpret_cast<Quad*>(quad + k * kValues + n * kThreads),
                       reinterpret_cast<const Quad*>(data_[n]));
          }
          data_[n] += kTokens * stride_[n];
        }
      }
    } else {
      T* own = ring_ + to + threadIdx.x;
#pragma unroll
      for (int k = 0; k < kGroup; ++k) {
#pragma unroll
        for (int n = 0; n < kCount; ++n) {
          if (first + k < count_[n]) copy_ahead(own + k * kValues + n * kThreads, data_[n]);
          data_[n] += stride_[n];
        }
      }
    }
    close_copies();
  }

  using Quad = Elements<T, kQuad>;
  T* ring_;
  bool wide_;
  const T* data_[kCount];
  Size stride_[kCount];
  int count_[kCount], full_ = 0;  // values of each stream, and those that all lanes' streams have
};

}  // namespace seqrl::cuda
