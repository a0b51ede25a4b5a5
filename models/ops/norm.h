// Normalisation over the last dimension.
#pragma once

#include "models/core/tensor.h"

namespace seqrl {

// y = (x − mean) / √(variance + 1e-5) · weight + bias, with mean and (biased) variance over the
// last dimension.  x (..., dim), weight and bias (dim).  Source: Ba et al., arXiv 1607.06450.
Tensor layer_norm(const Tensor& x, const Tensor& weight, const Tensor& bias);

// sum = residual + dropout(branch, p), all of equal shape (..., dim), and its layer norm: the end
// of a residual block and the beginning of the next. On CUDA it is one pass over memory.
struct AddedNorm {
  Tensor sum, normalized;
};
AddedNorm add_dropout_norm(const Tensor& residual, const Tensor& branch, double p,
                           const Tensor& weight, const Tensor& bias);

}  // namespace seqrl
