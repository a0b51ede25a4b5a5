// Multiplication by a number.
#pragma once

#include "models/core/tensor.h"

namespace seqrl {

// y = factor · x. x of any shape; differentiable in x.
Tensor toy_scale(const Tensor& x, double factor);

}  // namespace seqrl
