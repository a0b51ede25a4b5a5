// CUDA kernels of models/ops/elementwise.h, over n elements. They write y, or add to it with
// `accumulate`.
#pragma once

#include "models/ops/common/dropout.h"
#include "models/ops/common/sink.h"
#include "models/ops/cuda/kernel.h"

namespace seqrl::cuda {

using op::DropoutRule;
using op::Sink;

// y = x
template <typename T>
inline Kernel<void(std::int64_t n, const T* x, T* y, bool accumulate)> assign;

// y = a + b
template <typename T>
inline Kernel<void(std::int64_t n, const T* a, const T* b, T* y)> add;

// y = a ⊙ b
template <typename T>
inline Kernel<void(std::int64_t n, const T* a, const T* b, T* y, bool accumulate)> multiply;

// y = a ⊙ silu(gate)
template <typename T>
inline Kernel<void(std::int64_t n, const T* a, const T* gate, T* y, bool accumulate)> gate_silu;

// da = dy ⊙ silu(gate) and dgate = dy ⊙ a ⊙ silu′(gate); a null output is skipped.
template <typename T>
inline Kernel<void(std::int64_t n, const T* dy, const T* a, const T* gate, Sink<T> da,
                   Sink<T> dgate)>
    gate_silu_backward;

// y = residual + x ⊙ scale, or x ⊙ scale if residual is null.
template <typename T>
inline Kernel<void(DropoutRule, std::int64_t n, const T* residual, const T* x, T* y)> dropout;

// dx = dy ⊙ scale and dresidual = dy; a null output is skipped.
template <typename T>
inline Kernel<void(DropoutRule, std::int64_t n, const T* dy, T* dx, bool accumulate, T* dresidual,
                   bool accumulate_residual)>
    dropout_backward;

}  // namespace seqrl::cuda
