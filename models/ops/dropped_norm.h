// A layer norm whose elements are dropped.
#pragma once

#include "models/core/tensor.h"

namespace seqrl {

// dropout(layer_norm(x, weight, bias), p), with which a sequence of embeddings begins. CUDA does it
// in one pass over memory.
Tensor dropped_norm(const Tensor& x, const Tensor& weight, const Tensor& bias, double p);

}  // namespace seqrl
