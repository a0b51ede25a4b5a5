// Streams of neighbouring channels, which a warp loads together, four channels at once.
#pragma once

#include "models/ops/cuda/kernel.cuh"

namespace seqrl::cuda {

// kCount streams of each thread, of one channel, whose values wait in shared memory: a ring of
// kGroups groups of kGroup values, which are loaded one group after the other, long before they are
// read. The steps of a recurrence cannot overlap, so nothing else would hide the memory's latency.
// By Little's law an H200's memory is busy with some 33 KB on their way to each multiprocessor, if
// they take 0.9 µs (4.8 TB/s · 0.9 µs / 132): 124 threads that look 48 values of two streams ahead
// ask for 47 KB.
//
// With `wide` a lane loads the values of four neighbouring threads' channels, every fourth token:
// a quarter of the instructions. The channels of four threads must then stand side by side, at
// addresses that are_aligned(), with strides that are multiples of four; and four threads either
// all have a channel, of as many values, or none.
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
  // Values beyond are never read; what stands for them is anything. All lanes of a warp take part.
  __device__ void set(int n, const T* data, Size stride, int count) {
    if (wide_) {
      const int first = lane() % kQuads * kQuad;  // of the lanes that this one loads for
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
    // First as long as every lane has all values and what is loaded next; then the rest.
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
  // Where in the ring the group is that is read next, and where the one that is loaded next goes.
  struct Ring {
    int now = 0, ahead = 0;
  };

  // Reads the group that begins with value `first`, and asks for the last of those after it that
  // there is room for. With kWhole all lanes have all of that.
  template <bool kWhole>
  __device__ void next(Ring& ring, int first, T (&values)[kGroup][kCount]) {
    wait_for_copies<kGroups - 2>();
    __syncwarp();  // the other lanes' copies are there, and they have read the group before
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

  // Asks for the group that begins with value `first`, to be put at element `to` of the ring.
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
  int count_[kCount], full_ = 0;  // values of each stream, and that all lanes' streams have
};

}  // namespace seqrl::cuda
