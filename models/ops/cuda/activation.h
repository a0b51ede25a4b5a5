// Kernels of models/ops/activation.h on CUDA. They take what the CPU's take.
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

// dy (rows, columns) becomes the gradient of x. Unless it is null, `parts` (RowParts(rows).count,
// columns) receives the sums of that over the rows of each part.
template <typename T>
inline Kernel<void(Activation, std::int64_t rows, std::int64_t columns, const T* x, const T* y,
                   T* dy, T* parts)>
    activate_backward_rows;

}  // namespace seqrl::cuda
