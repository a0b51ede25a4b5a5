// Causal convolution over time.
#pragma once

#include "models/core/tensor.h"
#include "models/ops/common/activation.h"
#include "models/ops/common/conv.h"

namespace seqrl {

// y_t = activation(bias + Σ_j weight[:, j] ⊙ x_{t − (kernel − 1) + j}): depthwise; each output
// depends on the last `kernel` inputs.
//   x        (batch, time, dim)
//   weight   (dim, kernel), 1 ≤ kernel ≤ 8; the last column multiplies the current token
//   bias     (dim), or undefined for none
//   context  (batch, kernel − 1, dim): the tokens before x's first; or undefined for zeros.
//            A constant: no gradient flows into it.
// Returns (batch, time, dim).
Tensor causal_conv(const Tensor& x, const Tensor& weight, const Tensor& bias, const Tensor& context,
                   Activation activation = Activation::none);

}  // namespace seqrl
