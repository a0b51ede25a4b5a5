// Kernels of models/ops/selective_scan.h: vectorised over channels, serial in time, one block of
// channels after the other, so that its states stay in the L1 cache.
#pragma once

#include "models/core/alignment.h"
#include "models/ops/common/selective_scan.h"

namespace seqrl::cpu {

using op::SelectiveScanSize;

// The forward pass keeps the states before every kScanChunk-th token, for 16 components as many
// numbers as u itself; the backward pass computes those between again, within the L2 cache.
inline constexpr std::int64_t kScanChunk = 16;

inline std::int64_t scan_chunks(std::int64_t time) {
  return divide_up(time, kScanChunk);
}

// Shapes as in the op, except a (state, inner), which is A itself, transposed.
template <typename T>
struct SelectiveScanData {
  const T *u, *dt, *dt_bias, *a, *b, *c, *d;
};

// a (state, inner) = −exp(a_log), for a_log (inner, state); and from its gradient that of a_log,
// added to what is there.
template <typename T>
void selective_scan_rates(SelectiveScanSize size, const T* a_log, T* a);
template <typename T>
void selective_scan_add_rates(SelectiveScanSize size, const T* a, const T* da, T* da_log);

// Elements of scratch that a pass needs.
std::int64_t selective_scan_scratch(SelectiveScanSize size);

// h0 may be null for zeros. `kept` (batch, chunks, state, inner) and `final_state` (batch, state,
// inner), which may be h0, are written unless null. `scratch` as below.
template <typename T>
void selective_scan(SelectiveScanSize size, const SelectiveScanData<T>& in, const T* h0, T* y,
                    T* kept, T* final_state, T* scratch);

// Gradients, all of them added to; of the shapes of SelectiveScanData.
template <typename T>
struct SelectiveScanGradients {
  T *u, *dt, *dt_bias, *a, *b, *c, *d;
};

template <typename T>
void selective_scan_backward(SelectiveScanSize size, const SelectiveScanData<T>& in, const T* kept,
                             const T* dy, T* scratch, const SelectiveScanGradients<T>& gradients);

// Floating-point operations of both that the calling thread has done so far: those on the states,
// an exponential being the 22 that it takes.
std::uint64_t selective_scan_flops();

}  // namespace seqrl::cpu
