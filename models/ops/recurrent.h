// The recurrences of GRU and LSTM, after the products with their inputs.
#pragma once

#include "models/core/tensor.h"

namespace seqrl {

// r = σ(x_r + W_r·h + b_r), z = σ(x_z + W_z·h + b_z), n = tanh(x_n + r ⊙ (W_n·h + b_n)),
// h ← (1 − z) ⊙ n + z ⊙ h. Source: Cho et al., arXiv 1406.1078, in the form of cuDNN and PyTorch.
//   inputs  (batch, time, 3·hidden): x_r, x_z, x_n of every token, including input biases
//   weight  (3·hidden, hidden): W_r, W_z, W_n
//   bias    (3·hidden): b_r, b_z, b_n
//   h       (batch, hidden): the state before the first token, overwritten with the state after the
//           last; no gradient flows into it. Undefined: zeros, nothing is overwritten.
// Returns every token's h, (batch, time, hidden).
Tensor gru(const Tensor& inputs, const Tensor& weight, const Tensor& bias, const Tensor& h = {});

// i, f, o = σ(x + W·h + b), g = tanh(x_g + W_g·h + b_g), c ← f ⊙ c + i ⊙ g, h ← o ⊙ tanh(c).
// Source: Gers et al., Neural Computation 12 (2000), as in PyTorch.
//   inputs  (batch, time, 4·hidden): x_i, x_f, x_g, x_o of every token, including input biases
//   weight  (4·hidden, hidden) and bias (4·hidden): in the same order
//   h, c    (batch, hidden): as for gru; both defined or neither
// Returns every token's h, (batch, time, hidden).
Tensor lstm(const Tensor& inputs, const Tensor& weight, const Tensor& bias, const Tensor& h = {},
            const Tensor& c = {});

}  // namespace seqrl
