// Kernels of models/ops/selective_scan.h: vectorised over channels, serial in time, one block of
// channels after the other, so that its states stay in the L1 cache.
#pragma once

#include <cstdint>

namespace seqrl::cpu {

struct SelectiveScanSize {
  std::int64_t batch, time, inner, state;
};

// The forward pass keeps the states before every kScanChunk-th token, for 16 components as many
// numbers as u itself; the backward pass computes those between again, within the L2 cache.
inline constexpr std::int64_t kScanChunk = 16;

inline std::int64_t scan_chunks(std::int64_t time) {
  return (time + kScanChunk - 1) / kScanChunk;
}

// Shapes as in the op, except a (state, inner), which is A itself, transposed.
template <typename T>
struct SelectiveScanData {
  const T *u, *dt, *dt_bias, *a, *b, *c, *d;
};

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

}  // namespace seqrl::cpu
