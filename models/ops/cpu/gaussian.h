// CPU kernels of models/ops/gaussian.h.
#pragma once

#include <cstdint>

namespace seqrl::cpu {

template <typename T>
void squashed_gaussian(std::int64_t rows, std::int64_t dim, const T* parameters, const T* noise,
                       T* action, T* log_probability);

// Adds to d_parameters.
template <typename T>
void squashed_gaussian_backward(std::int64_t rows, std::int64_t dim, const T* parameters,
                                const T* noise, const T* action, const T* d_action,
                                const T* d_log_probability, T* d_parameters);

}  // namespace seqrl::cpu
