// Kernels of models/training/optimizer.h on CUDA, over one flat block of parameters.
#pragma once

#include "models/ops/cuda/kernel.h"

namespace seqrl::cuda {

// Elements that a block sums, and so the numbers of scratch that square_norm needs.
inline constexpr std::int64_t kNormPiece = 4096;
inline std::int64_t square_norm_scratch(std::int64_t n) {
  return (n + kNormPiece - 1) / kNormPiece;
}

// result = Σ g², in float64.
template <typename T>
inline Kernel<void(std::int64_t n, const T* g, double* result, double* scratch)> square_norm;

// AdamW's numbers of one update; `scale` is what clipping makes of the gradient.
struct AdamWRates {
  double scale, beta1, beta2, step_size, root, epsilon, lr;
};

// One update; clears the gradient. `decay` is one number for every `granule` elements.
template <typename T>
inline Kernel<void(std::int64_t n, AdamWRates, std::int64_t granule, const double* decay, T* p,
                   T* m, T* v, T* g)>
    adamw;

}  // namespace seqrl::cuda
