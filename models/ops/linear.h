// Linear layers: products with learned weights, a bias and an activation.
#pragma once

#include "models/core/tensor.h"
#include "models/ops/common/activation.h"

namespace seqrl {

// y = activation(x·Wᵀ + b).
//   x       (..., in)
//   weight  (out, in)
//   bias    (out), or undefined for none
// Returns (..., out).
Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias,
              Activation activation = Activation::none);

// `groups` linear layers side by side, each on its own part of x: an ensemble's layer in one op.
//   x       (..., groups · in)
//   weight  (groups · out, in)
//   bias    (groups · out), or undefined for none
// Returns (..., groups · out).
Tensor grouped_linear(const Tensor& x, const Tensor& weight, const Tensor& bias, int groups,
                      Activation activation = Activation::none);

}  // namespace seqrl
