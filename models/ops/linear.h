// Matrix products with learned weights.
#pragma once

#include "models/core/tensor.h"
#include "models/ops/activation.h"

namespace seqrl {

// y = activation(x·Wᵀ + b).
//   x       (..., in)
//   weight  (out, in)
//   bias    (out), or undefined for none
// Returns (..., out).
Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias,
              Activation activation = Activation::none);

}  // namespace seqrl
