// CUDA kernels of models/ops/scan.h, with the arguments of the CPU's functions, and scratch.
#pragma once

#include <algorithm>

#include "models/core/alignment.h"
#include "models/ops/common/scan.h"
#include "models/ops/common/sink.h"
#include "models/ops/cuda/kernel.h"

namespace seqrl::cuda {

using op::ScanSize;
using op::Sink;

// How time is cut. One thread processes a channel through a chunk, token by token. There is one
// chunk if enough channels fill the device. Otherwise a first pass finds the effect of each chunk
// on any state, and a second carries the state over the chunks.
struct ScanPlan {
  std::int64_t length, chunks;  // of a chunk, in tokens

  static constexpr std::int64_t kChannels = 16384;  // threads that fill a device
  static constexpr std::int64_t kShortest = 256;    // shortest chunk that is worth its carry

  explicit ScanPlan(ScanSize size) {
    const std::int64_t channels = std::max<std::int64_t>(1, size.batch * size.dim);
    const std::int64_t wanted = divide_up(kChannels, channels);
    const std::int64_t even = divide_up(size.time, wanted);
    length = std::max<std::int64_t>(1, std::min(size.time, std::max(even, kShortest)));
    chunks = divide_up(size.time, length);
  }
};

// Scratch elements that any pass needs: each chunk's factor, own result and carry, and the gradient
// of each sequence's h0.
inline std::int64_t scan_scratch(ScanSize size) {
  return size.batch * size.dim * (3 * ScanPlan(size).chunks + 1);
}

template <typename T>
inline Kernel<void(ScanSize, const T* a, const T* b, const T* h0, T* h, T* scratch)>
    linear_recurrence;

template <typename T>
using MinScan =
    Kernel<void(ScanSize, CandidateState, const T* gates, const T* h0, T* h, T* scratch)>;
template <typename T>
inline MinScan<T> min_gru_scan;
template <typename T>
inline MinScan<T> min_lstm_scan;

template <typename T>
inline Kernel<void(ScanSize, const T* a, const T* h0, const T* h, const T* dh, T* scratch,
                   Sink<T> da, Sink<T> db, T* dh0)>
    linear_recurrence_backward;

// Number of partial sums into which backward adds its rows.
inline std::int64_t scan_sums(ScanSize size) {
  return size.batch * ScanPlan(size).chunks;
}

// Unless null, sums (scan_sums(size), gates of a channel, dim) receives the sums over rows of the
// gradients given to dgates.
template <typename T>
using MinScanBackward =
    Kernel<void(ScanSize, CandidateState, const T* gates, const T* h0, const T* h, const T* dh,
                T* scratch, Sink<T> dgates, T* dh0, T* sums)>;
template <typename T>
inline MinScanBackward<T> min_gru_scan_backward;
template <typename T>
inline MinScanBackward<T> min_lstm_scan_backward;

}  // namespace seqrl::cuda
