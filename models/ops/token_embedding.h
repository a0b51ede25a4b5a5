// The tokens of a sequence of timesteps, from the parts of each timestep.
#pragma once

#include <array>

#include "models/core/tensor.h"

namespace seqrl {

// One part: x (batch, time, in), its weight (dim, in) and bias (dim).
struct TokenPart {
  Tensor x, weight, bias;
};

// Embeds the three parts of a timestep as one token each and adds the embedding of its number:
//   y[3t + p] = x_p[t]·W_pᵀ + b_p + table[ids[t]]  for p = 0, 1, 2
// table (n, dim), ids (batch, time) int32 → (batch, 3·time, dim). Equals a combination of linear(),
// embedding() and interleave(). On CUDA, small batches of narrow parts take one kernel forward and
// two backward.
Tensor embed_tokens(const std::array<TokenPart, 3>& parts, const Tensor& table, const Tensor& ids);

}  // namespace seqrl
