// Targets and the policy's loss of Soft Actor-Critic. Of several critics the smallest answer
// counts. Source: Haarnoja et al., "Soft Actor-Critic Algorithms and Applications", arXiv
// 1812.05905.
//
//   log_probability, rewards, terminated  (rows)
//   values                                (rows, critics), at least one
//   temperature                           one float64: a learned one is known on its device only
#pragma once

#include "models/core/tensor.h"

namespace seqrl {

// What the critics are to answer, the same for each, (rows, critics); takes no gradient.
//   reward_r + discount · (1 − terminated_r) · (min_j value_rj − temperature · log_probability_r)
// values and log_probability are of what follows the transition.
Tensor soft_target(const Tensor& rewards, const Tensor& terminated, const Tensor& values,
                   const Tensor& log_probability, const Tensor& temperature, double discount);

struct SoftPolicyLoss {
  Tensor loss;  // one element
  Tensor sums;  // (2) float64: Σ_r min_j value_rj and Σ_r log_probability_r; take no gradient
};

// What the actor minimises, Σ_r (temperature · log_probability_r − min_j value_rj) / count, as in
// equation 7. No gradient flows to the temperature.
//   count  rows of the whole batch: a shard's losses add up to the batch's
SoftPolicyLoss soft_policy_loss(const Tensor& log_probability, const Tensor& values,
                                const Tensor& temperature, double count);

}  // namespace seqrl
