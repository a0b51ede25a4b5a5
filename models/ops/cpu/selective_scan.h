// CPU kernels of models/ops/selective_scan.h: vectorised over channels, serial in time, one block
// of channels at a time, so that the block's states stay in the L1 cache.
#pragma once

#include "models/core/alignment.h"
#include "models/ops/common/selective_scan.h"

namespace seqrl::cpu {

using op::SelectiveScanSize;

// The forward pass keeps the states before every kScanChunk-th token: with 16 components, as many
// numbers as u itself. The backward pass recomputes the states in between, within the L2 cache.
inline constexpr std::int64_t kScanChunk = 16;

inline std::int64_t scan_chunks(std::int64_t time) {
  return divide_up(time, kScanChunk);
}

// Shapes as in the op, except that a (state, inner) is A itself, transposed.
template <typename T>
struct SelectiveScanData {
  const T *u, *dt, *dt_bias, *a, *b, *c, *d;
};

// a (state, inner) = −exp(a_log), for a_log (inner, state); and adds to the gradient of a_log from
// that of a.
template <typename T>
void selective_scan_rates(SelectiveScanSize size, const T* a_log, T* a);
template <typename T>
void selective_scan_add_rates(SelectiveScanSize size, const T* a, const T* da, T* da_log);

// Scratch elements that a pass needs.
std::int64_t selective_scan_scratch(SelectiveScanSize size);

// A null h0 means zeros. Unless null, `kept` (batch, chunks, state, inner) and `final_state`
// (batch, state, inner) are written; `final_state` may be h0. `scratch` has
// selective_scan_scratch(size) elements.
template <typename T>
void selective_scan(SelectiveScanSize size, const SelectiveScanData<T>& in, const T* h0, T* y,
                    T* kept, T* final_state, T* scratch);

// Gradients with the shapes of SelectiveScanData; all are added to.
template <typename T>
struct SelectiveScanGradients {
  T *u, *dt, *dt_bias, *a, *b, *c, *d;
};

template <typename T>
void selective_scan_backward(SelectiveScanSize size, const SelectiveScanData<T>& in, const T* kept,
                             const T* dy, T* scratch, const SelectiveScanGradients<T>& gradients);

// Floating-point operations of both passes that the calling thread has done so far: those on the
// states, counting an exponential as its 22 operations.
std::uint64_t selective_scan_flops();

}  // namespace seqrl::cpu
