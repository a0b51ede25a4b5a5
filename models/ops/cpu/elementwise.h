// CPU kernels of models/ops/elementwise.h, over n elements. They write y, or add to it with
// `accumulate`.
#pragma once

#include <cstdint>

#include "models/ops/common/dropout.h"

namespace seqrl::cpu {

using op::DropoutRule;

// y = x
template <typename T>
void assign(std::int64_t n, const T* x, T* y, bool accumulate);

// y = a + b
template <typename T>
void add(std::int64_t n, const T* a, const T* b, T* y);

// y = a ⊙ b
template <typename T>
void multiply(std::int64_t n, const T* a, const T* b, T* y, bool accumulate);

// y = a ⊙ silu(gate)
template <typename T>
void gate_silu(std::int64_t n, const T* a, const T* gate, T* y, bool accumulate);

// dgate = dy ⊙ a ⊙ silu′(gate)
template <typename T>
void gate_silu_backward(std::int64_t n, const T* dy, const T* a, const T* gate, T* dgate,
                        bool accumulate);

// y = residual + x ⊙ scale, or x ⊙ scale if residual is null.
template <typename T>
void dropout(DropoutRule rule, std::int64_t n, const T* residual, const T* x, T* y);

// dx = dy ⊙ scale and dresidual = dy; a null output is skipped.
template <typename T>
void dropout_backward(DropoutRule rule, std::int64_t n, const T* dy, T* dx, bool accumulate,
                      T* dresidual, bool accumulate_residual);

}  // namespace seqrl::cpu
