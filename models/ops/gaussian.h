// The squashed Gaussian: a policy's actions and their log probabilities.
#pragma once

#include "models/core/tensor.h"

namespace seqrl {

struct SquashedSample {
  Tensor action;           // (rows, dim), in (−1, 1)
  Tensor log_probability;  // (rows), of the whole action
};

// Draws from a diagonal Gaussian and squashes by tanh, differentiable by reparameterisation:
//   u = mean + e^log_std ⊙ noise,  action = tanh(u),
//   log_probability = Σ_i [−noise²/2 − log_std − ½ ln 2π − ln(1 − action²)]
//   parameters  (rows, 2 · dim): the means, then log standard deviations, clipped to [−20, 2]
//   noise       (rows, dim), standard normal; takes no gradient
// The last term is 2(ln 2 − u − softplus(−2u)), which stays exact when tanh saturates.
// Source: Haarnoja et al., "Soft Actor-Critic Algorithms and Applications", arXiv 1812.05905,
// appendix C.
SquashedSample squashed_gaussian(const Tensor& parameters, const Tensor& noise);

}  // namespace seqrl
