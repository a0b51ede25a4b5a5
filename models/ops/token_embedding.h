// The tokens of a sequence of timesteps, from what each timestep has.
#pragma once

#include <array>

#include "models/core/tensor.h"

namespace seqrl {

// x (batch, time, in), its weight (dim, in) and bias (dim).
struct TokenPart {
  Tensor x, weight, bias;
};

// A timestep's three parts, one token each, and the embedding of its number:
//   y[3t + p] = x_p[t]·W_pᵀ + b_p + table[ids[t]]  for p = 0, 1, 2
// table (n, dim), ids (batch, time) int32 → (batch, 3·time, dim). What linear(), embedding() and
// interleave() make of it; on CUDA, of small batches of narrow parts, in one kernel, and back in
// two.
Tensor embed_tokens(const std::array<TokenPart, 3>& parts, const Tensor& table, const Tensor& ids);

}  // namespace seqrl
