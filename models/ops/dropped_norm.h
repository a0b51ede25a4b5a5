// A layer norm followed by dropout.
#pragma once

#include "models/core/tensor.h"

namespace seqrl {

// dropout(layer_norm(x, weight, bias), p), the first operation on a sequence of embeddings. On CUDA
// it is one pass over memory.
Tensor dropped_norm(const Tensor& x, const Tensor& weight, const Tensor& bias, double p);

}  // namespace seqrl
