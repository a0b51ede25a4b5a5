// CUDA kernels of models/ops/selective_scan.h. A thread processes one channel of one sequence
// through time, with 16 components of its state in registers.
#pragma once

#include "models/core/alignment.h"
#include "models/ops/common/selective_scan.h"
#include "models/ops/common/sink.h"
#include "models/ops/cuda/kernel.h"

namespace seqrl::cuda {

using op::SelectiveScanSize;
using op::Sink;

// Shapes as in the op.
template <typename T>
struct SelectiveInputs {
  const T *u, *dt, *dt_bias, *a_log, *b, *c, *d;
};

// The forward pass keeps the state before every 8th token; the backward pass recomputes the states
// in between, in shared memory.
inline constexpr std::int64_t kSelectiveChunk = 8;

inline std::int64_t selective_chunks(std::int64_t time) {
  return divide_up(time, kSelectiveChunk);
}

// Channels per block, and number of channel blocks.
inline constexpr std::int64_t kSelectiveChannels = 64;
inline std::int64_t selective_groups(std::int64_t inner) {
  return divide_up(inner, kSelectiveChannels);
}

// The partial gradients that backward leaves to be added up: each block's parts of dB and dC
// (groups, batch, time, state), and each sequence's parts of the gradients of A (batch, inner,
// state), dt_bias and D (batch, inner).
template <typename T>
struct SelectiveParts {
  T *b, *c, *a_log, *dt_bias, *d;
};

// A null h0 means zeros. Unless null, `kept` (batch, chunks, state, inner) and `final_state`
// (batch, state, inner) are written; `final_state` may be h0.
template <typename T>
inline Kernel<void(SelectiveScanSize, SelectiveInputs<T>, const T* h0, T* y, T* kept,
                   T* final_state)>
    selective_scan;

template <typename T>
inline Kernel<void(SelectiveScanSize, SelectiveInputs<T>, const T* kept, const T* dy, Sink<T> du,
                   Sink<T> ddt, SelectiveParts<T>)>
    selective_scan_backward;

}  // namespace seqrl::cuda
