// CPU kernels of models/ops/linear.h.
#pragma once

#include "models/ops/common/activation.h"
#include "models/ops/cpu/gemm.h"

namespace seqrl::cpu {

// The sizes of one of `groups` parallel layers. Group g's part begins in a row of x at g · in, in a
// row of y at g · out, and among the weight's rows at g · out.
struct LinearSize {
  std::int64_t groups, rows, in, out;

  std::int64_t x_stride() const { return groups * in; }
  std::int64_t y_stride() const { return groups * out; }
};

// The weight (groups · out, in), and the panels of its transpose and of itself if they are kept,
// otherwise null.
template <typename T>
struct LinearWeight {
  const T *data, *forward_panels, *backward_panels;
};

// y = activation(x·Wᵀ + b); bias may be null. `slope`, for a gelu or silu layer, receives the
// activation's slope in y's layout.
template <typename T>
void linear(LinearSize size, Activation activation, const T* x, const LinearWeight<T>& weight,
            const T* bias, T* slope, T* y);

// Replaces dy by the gradient before the activation, from `slope` or otherwise from y, and writes
// dx, or adds to it with `accumulate`; dx may be null.
template <typename T>
void linear_backward_input(LinearSize size, Activation activation, const T* y, const T* slope,
                           const LinearWeight<T>& weight, T* dy, T* dx, bool accumulate);

// Computes dw from dy before the activation.
template <typename T>
void linear_backward_weight(LinearSize size, const T* x, const T* dy, T* dw, bool accumulate);

}  // namespace seqrl::cpu
