// CUDA kernels of models/ops/loss.h. Sums are in float64, as on the CPU.
#pragma once

#include <algorithm>

#include "models/ops/common/activation.h"
#include "models/ops/cuda/kernel.h"
#include "models/ops/cuda/reduce.h"

namespace seqrl::cuda {

// The `scratch` of every loss holds one number per row. Losses and gradients are divided by
// `*count` unless it is null.
template <typename T>
inline Kernel<void(std::int64_t rows, std::int64_t dim, const T* prediction, const T* target,
                   const T* mask, double scale, const T* count, T* loss, double* scratch)>
    squared_error;

// dx = upstream · factor / count · mask · (prediction − target)
template <typename T>
inline Kernel<void(std::int64_t rows, std::int64_t dim, const T* prediction, const T* target,
                   const T* mask, T factor, const T* count, const T* upstream, T* dx,
                   bool accumulate)>
    squared_error_backward;

// The squared error of activation(x): loss = scale / count · Σ mask · (activation(x) − target)².
// Unless null, dx receives the gradient of x for a loss gradient of 1, and sums
// (activated_parts(rows, dim).count, dim) its sums over the rows of each part.
inline RowParts activated_parts(std::int64_t rows, std::int64_t dim) {
  constexpr std::int64_t kFew = 16384;  // elements per block
  RowParts parts(rows, std::max<std::int64_t>(1, kFew / std::max<std::int64_t>(1, dim)));
  parts.count = std::max<std::int64_t>(1, parts.count);
  return parts;
}
template <typename T>
inline Kernel<void(std::int64_t rows, std::int64_t dim, Activation, const T* x, const T* target,
                   const T* mask, double scale, const T* count, T* loss, double* scratch, T* dx,
                   T* sums)>
    activated_squared_error;

// dx ← upstream · dx
template <typename T>
inline Kernel<void(std::int64_t n, const T* upstream, T* dx)> scale_gradient;

// Stores log Σ exp of each row in log_sums. A target that is no valid class makes the loss NaN.
template <typename T>
inline Kernel<void(std::int64_t rows, std::int64_t classes, const T* logits,
                   const std::int32_t* targets, double scale, const T* count, T* log_sums, T* loss,
                   double* scratch)>
    cross_entropy;
template <typename T>
inline Kernel<void(std::int64_t rows, std::int64_t classes, const T* logits,
                   const std::int32_t* targets, T factor, const T* count, const T* log_sums,
                   const T* upstream, T* dx, bool accumulate)>
    cross_entropy_backward;

// The cross entropy of the rows that the mask selects; targets are distributions.
template <typename T>
inline Kernel<void(std::int64_t rows, std::int64_t classes, const T* logits, const T* target,
                   const T* mask, double scale, const T* count, T* log_sums, T* loss,
                   double* scratch)>
    soft_cross_entropy;
template <typename T>
inline Kernel<void(std::int64_t rows, std::int64_t classes, const T* logits, const T* target,
                   const T* mask, T factor, const T* count, const T* log_sums, const T* upstream,
                   T* dx, bool accumulate)>
    soft_cross_entropy_backward;

}  // namespace seqrl::cuda
