// The loss of a layer's output that nothing else uses.
#pragma once

#include "models/ops/activation.h"
#include "models/ops/loss.h"

namespace seqrl {

// masked_mean_squared_error(linear(x, weight, bias, activation), target, mask, count), one element.
// On CUDA the activation, the loss and the gradients of both are one kernel; two for large batches.
//   x       (..., in), weight (out, in), bias (out) or undefined
//   target  (..., out)
//   mask    (...), 0 or 1 for each row
Tensor linear_squared_error(const Tensor& x, const Tensor& weight, const Tensor& bias,
                            Activation activation, const Tensor& target, const Tensor& mask,
                            const MeanCount& count);

}  // namespace seqrl
