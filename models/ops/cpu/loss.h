// CPU kernels of models/ops/loss.h. Sums are in float64.
#pragma once

#include <cstdint>

namespace seqrl::cpu {

// loss = scale · Σ_r mask_r · Σ_i (prediction − target)²
template <typename T>
void squared_error(std::int64_t rows, std::int64_t dim, const T* prediction, const T* target,
                   const T* mask, double scale, T* loss);

// dx = upstream · factor · mask · (prediction − target), or += with `accumulate`.
template <typename T>
void squared_error_backward(std::int64_t rows, std::int64_t dim, const T* prediction,
                            const T* target, const T* mask, T factor, const T* upstream, T* dx,
                            bool accumulate);

// loss = Σ_r (log Σ exp(logits_r) − logits_r[target_r]) / count, over rows with a target; stores
// log Σ exp of each such row in log_sums.
template <typename T>
void cross_entropy(std::int64_t rows, std::int64_t classes, const T* logits,
                   const std::int32_t* targets, double count, T* log_sums, T* loss);

// Adds to dx.
template <typename T>
void cross_entropy_backward(std::int64_t rows, std::int64_t classes, const T* logits,
                            const std::int32_t* targets, T count, const T* log_sums,
                            const T* upstream, T* dx);

// loss = scale · Σ_r mask_r · Σ_i target_i · (log Σ exp(logits_r) − logits_i); stores log Σ exp of
// each unmasked row in log_sums.
template <typename T>
void soft_cross_entropy(std::int64_t rows, std::int64_t classes, const T* logits, const T* target,
                        const T* mask, double scale, T* log_sums, T* loss);

// dx = upstream · factor · mask · (softmax(logits) − target), or += with `accumulate`.
template <typename T>
void soft_cross_entropy_backward(std::int64_t rows, std::int64_t classes, const T* logits,
                                 const T* target, const T* mask, T factor, const T* log_sums,
                                 const T* upstream, T* dx, bool accumulate);

}  // namespace seqrl::cpu
