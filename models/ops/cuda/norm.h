// Kernels of models/ops/norm.h on CUDA; they take what cpu/norm.h's take.
#pragma once

#include "models/ops/cuda/reduce.h"

namespace seqrl::cuda {

template <typename T>
inline Kernel<void(std::int64_t rows, std::int64_t dim, const T* x, const T* weight, const T* bias,
                   T* y, T* mean, T* scale)>
    norm;

// scratch: sum_rows_scratch(rows, dim).
template <typename T>
inline Kernel<void(std::int64_t rows, std::int64_t dim, const T* x, const T* weight, const T* mean,
                   const T* scale, const T* dy, bool centered, T* dx, bool accumulate, T* dweight,
                   T* dbias, T* scratch)>
    norm_backward;

}  // namespace seqrl::cuda
