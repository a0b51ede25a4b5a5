// Elementwise ops: sums, products, a gate and dropout.
#pragma once

#include "models/core/tensor.h"

namespace seqrl {

// a + b, of equal shape.
Tensor add(const Tensor& a, const Tensor& b);

// a ⊙ b, of equal shape.
Tensor multiply(const Tensor& a, const Tensor& b);

// a ⊙ silu(gate), of equal shape: the output gate of Mamba.
Tensor gate_silu(const Tensor& a, const Tensor& gate);

// In training passes, keeps each element of x with probability 1 − p and divides it by 1 − p; in
// other passes, returns x itself. p in [0, 1). Backward draws the mask again; it is not stored.
Tensor dropout(const Tensor& x, double p);

// residual + dropout(branch, p), in one pass over memory.
Tensor add_dropout(const Tensor& residual, const Tensor& branch, double p);

}  // namespace seqrl
