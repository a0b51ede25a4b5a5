// CUDA kernels of models/ops/gaussian.h.
#pragma once

#include "models/ops/cuda/kernel.h"

namespace seqrl::cuda {

template <typename T>
inline Kernel<void(std::int64_t rows, std::int64_t dim, const T* parameters, const T* noise,
                   T* action, T* log_probability)>
    squashed_gaussian;

// Adds to the existing gradient.
template <typename T>
inline Kernel<void(std::int64_t rows, std::int64_t dim, const T* parameters, const T* noise,
                   const T* action, const T* d_action, const T* d_log_probability, T* d_parameters)>
    squashed_gaussian_backward;

}  // namespace seqrl::cuda
