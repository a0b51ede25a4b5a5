// Kernels of models/ops/toy_scale.h on CUDA.
#pragma once

#include "models/ops/cuda/kernel.h"

namespace seqrl::cuda {

// As in cpu/toy_scale.h.
template <typename T>
inline Kernel<void(std::int64_t n, T factor, const T* x, T* y, bool accumulate)> toy_scale;

}  // namespace seqrl::cuda
