// Kernels of models/ops/norm.h on CUDA.
#pragma once

#include "models/ops/cuda/reduce.h"

namespace seqrl::cuda {

template <typename T>
inline Kernel<void(std::int64_t rows, std::int64_t dim, const T* x, const T* weight, const T* bias,
                   T* y, T* mean, T* scale)>
    norm;

// How backward cuts the rows: a block for each part, two rows for each of its warps, or more where
// there are blocks enough.
inline RowParts norm_parts(std::int64_t rows) {
  return RowParts(rows, 16, 1024);
}

// As cpu/norm.h's, but for `dweight` and `dbias`: parts (norm_parts(rows).count, dim) of them.
template <typename T>
inline Kernel<void(std::int64_t rows, std::int64_t dim, const T* x, const T* weight, const T* mean,
                   const T* scale, const T* dy, bool centered, T* dx, bool accumulate, T* dweight,
                   T* dbias)>
    norm_backward;

}  // namespace seqrl::cuda
