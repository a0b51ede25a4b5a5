// Elementwise nonlinearities.
#pragma once

#include "models/core/tensor.h"
#include "models/ops/common/activation.h"

namespace seqrl {

// activation(x), elementwise; any shape.
Tensor activate(const Tensor& x, Activation activation);

}  // namespace seqrl
