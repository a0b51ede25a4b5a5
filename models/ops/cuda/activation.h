// CUDA kernels of models/ops/activation.h, with the arguments of the CPU's functions.
#pragma once

#include "models/ops/common/activation.h"
#include "models/ops/cuda/kernel.h"

namespace seqrl::cuda {

template <typename T>
inline Kernel<void(Activation, std::int64_t n, const T* x, T* y)> activate;
template <typename T>
inline Kernel<void(Activation, std::int64_t n, const T* x, const T* y, const T* dy, T* dx,
                   bool accumulate)>
    activate_backward;

// Replaces dy (rows, columns) by the gradient of x. Unless null, `parts` (RowParts(rows).count,
// columns) receives the sums of this gradient over the rows of each part.
template <typename T>
inline Kernel<void(Activation, std::int64_t rows, std::int64_t columns, const T* x, const T* y,
                   T* dy, T* parts)>
    activate_backward_rows;

}  // namespace seqrl::cuda
