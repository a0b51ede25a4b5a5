// Elementwise nonlinearities.
#pragma once

#include "models/core/tensor.h"

namespace seqrl {

enum class Activation {
  none,
  relu,
  gelu,  // tanh form, as in GPT-2
  silu,
  tanh,
  sigmoid,
};

// activation(x), elementwise; any shape.
Tensor activate(const Tensor& x, Activation activation);

}  // namespace seqrl
