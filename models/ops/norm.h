// Normalisation over the last dimension.
#pragma once

#include "models/core/tensor.h"

namespace seqrl {

// y = (x − mean) / √(variance + 1e-5) · weight + bias, mean and (biased) variance over the last
// dimension.  x (..., dim), weight and bias (dim).  Source: Ba et al., arXiv 1607.06450.
Tensor layer_norm(const Tensor& x, const Tensor& weight, const Tensor& bias);

// y = x / √(mean of squares + 1e-5) · weight.  Source: Zhang & Sennrich, arXiv 1910.07467.
Tensor rms_norm(const Tensor& x, const Tensor& weight);

}  // namespace seqrl
