// Kernels of models/ops/norm.h; x, y (rows, dim).
#pragma once

#include <cstdint>

namespace seqrl::cpu {

// Keeps 1/√(…) and the mean of every row in `scale` and `mean` (rows) for the backward pass.
template <typename T>
void norm(std::int64_t rows, std::int64_t dim, const T* x, const T* weight, const T* bias, T* y,
          T* mean, T* scale);

// dx is written, or added to with `accumulate`; dweight and dbias (dim) are added to; null dx,
// dweight or dbias are left out.
template <typename T>
void norm_backward(std::int64_t rows, std::int64_t dim, const T* x, const T* weight, const T* mean,
                   const T* scale, const T* dy, T* dx, bool accumulate, T* dweight, T* dbias);

}  // namespace seqrl::cpu
