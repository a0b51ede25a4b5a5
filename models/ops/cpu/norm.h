// CPU kernels of models/ops/norm.h; x, y (rows, dim).
#pragma once

#include <cstdint>

namespace seqrl::cpu {

// Stores 1/√(…) and the mean of every row in `scale` and `mean` (rows) for the backward pass.
template <typename T>
void norm(std::int64_t rows, std::int64_t dim, const T* x, const T* weight, const T* bias, T* y,
          T* mean, T* scale);

// Writes dx, or adds to it with `accumulate`; adds to dweight and dbias (dim). Null outputs are
// skipped.
template <typename T>
void norm_backward(std::int64_t rows, std::int64_t dim, const T* x, const T* weight, const T* mean,
                   const T* scale, const T* dy, T* dx, bool accumulate, T* dweight, T* dbias);

}  // namespace seqrl::cpu
