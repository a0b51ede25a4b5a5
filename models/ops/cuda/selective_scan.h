// Kernels of models/ops/selective_scan.h on CUDA: a thread takes a channel of a sequence through
// time, with 16 components of its state in registers.
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

// The forward pass keeps the states before every 8th token; the backward pass computes those
// between again, in shared memory.
inline constexpr std::int64_t kSelectiveChunk = 8;

inline std::int64_t selective_chunks(std::int64_t time) {
  return divide_up(time, kSelectiveChunk);
}

// Channels of a block, and blocks of channels.
inline constexpr std::int64_t kSelectiveChannels = 64;
inline std::int64_t selective_groups(std::int64_t inner) {
  return divide_up(inner, kSelectiveChannels);
}

// What backward leaves to be added up: of each block its part of dB and dC (groups, batch, time,
// state), of each sequence its part of the gradients of A (batch, inner, state), dt_bias and D
// (batch, inner).
template <typename T>
struct SelectiveParts {
  T *b, *c, *a_log, *dt_bias, *d;
};

// h0 may be null for zeros. `kept` (batch, chunks, state, inner) and `final_state` (batch, state,
// inner), which may be h0, are written unless null.
template <typename T>
inline Kernel<void(SelectiveScanSize, SelectiveInputs<T>, const T* h0, T* y, T* kept,
                   T* final_state)>
    selective_scan;

template <typename T>
inline Kernel<void(SelectiveScanSize, SelectiveInputs<T>, const T* kept, const T* dy, Sink<T> du,
                   Sink<T> ddt, SelectiveParts<T>)>
    selective_scan_backward;

}  // namespace seqrl::cuda
