// Elementwise ops: sums, products, a gate and dropout.
#pragma once

#include "models/core/tensor.h"

namespace seqrl {

// a + b, of one shape.
Tensor add(const Tensor& a, const Tensor& b);

// a ⊙ b, of one shape.
Tensor multiply(const Tensor& a, const Tensor& b);

// a ⊙ silu(gate), of one shape: the output gate of Mamba.
Tensor gate_silu(const Tensor& a, const Tensor& gate);

// x with each element kept with probability 1 − p, and then divided by it, in training passes; x
// itself in others. p in [0, 1). The mask is drawn again in backward, not stored.
Tensor dropout(const Tensor& x, double p);

// residual + dropout(branch, p), in one pass over memory.
Tensor add_dropout(const Tensor& residual, const Tensor& branch, double p);

}  // namespace seqrl
