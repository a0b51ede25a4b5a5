// Kernels of models/ops/linear.h on the CPU.
#pragma once

#include "models/ops/common/activation.h"
#include "models/ops/cpu/gemm.h"

namespace seqrl::cpu {

// `groups` layers side by side: one group's sizes. Its part of a row of x begins at group · in, of
// y at group · out; its rows of the weight at group · out.
struct LinearSize {
  std::int64_t groups, rows, in, out;

  std::int64_t x_stride() const { return groups * in; }
  std::int64_t y_stride() const { return groups * out; }
};

// The weight (groups · out, in), and the panels of its transpose and of itself where they are kept,
// else null.
template <typename T>
struct LinearWeight {
  const T *data, *forward_panels, *backward_panels;
};

// y = activation(x·Wᵀ + b); bias may be null. With `slope`, of a gelu or silu layer, the
// activation's slope is left there, of y's layout.
template <typename T>
void linear(LinearSize size, Activation activation, const T* x, const LinearWeight<T>& weight,
            const T* bias, T* slope, T* y);

// Turns dy into the gradient before the activation, from `slope` or else from y, and writes dx, or
// adds to it with `accumulate`; dx may be null.
template <typename T>
void linear_backward_input(LinearSize size, Activation activation, const T* y, const T* slope,
                           const LinearWeight<T>& weight, T* dy, T* dx, bool accumulate);

// dw from dy before the activation.
template <typename T>
void linear_backward_weight(LinearSize size, const T* x, const T* dy, T* dw, bool accumulate);

}  // namespace seqrl::cpu
