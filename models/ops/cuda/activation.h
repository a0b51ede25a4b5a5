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

}  // namespace seqrl::cuda
