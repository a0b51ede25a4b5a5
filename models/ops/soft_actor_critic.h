// The targets and the policy loss of Soft Actor-Critic. With several critics, the smallest value is
// used. Source: Haarnoja et al., "Soft Actor-Critic Algorithms and Applications", arXiv 1812.05905.
//
//   log_probability, rewards, terminated  (rows)
//   values                                (rows, critics), at least one
//   temperature                           one float64; a learned one is known only on its device
#pragma once

#include <cstdint>

#include "models/core/tensor.h"
#include "models/ops/common/optimizer.h"
#include "models/ops/common/soft_losses.h"

namespace seqrl {

// The targets of the critics, equal for all critics, (rows, critics); take no gradient.
//   reward_r + discount · (1 − terminated_r) · (min_j value_rj − temperature · log_probability_r)
// values and log_probability are those of the next state and its action.
Tensor soft_target(const Tensor& rewards, const Tensor& terminated, const Tensor& values,
                   const Tensor& log_probability, const Tensor& temperature, double discount);

struct SoftPolicyLoss {
  Tensor loss;  // one element
  Tensor sums;  // (2) float64: Σ_r min_j value_rj and Σ_r log_probability_r; take no gradient
};

// The loss of the actor, Σ_r (temperature · log_probability_r − min_j value_rj) / count,
// equation 7. No gradient flows to the temperature.
//   count  rows of the whole batch: the shards' losses add up to the batch's
SoftPolicyLoss soft_policy_loss(const Tensor& log_probability, const Tensor& values,
                                const Tensor& temperature, double count);

// temperature = e^log_temperature, both one float64. Takes no gradient.
void soft_temperature(const Tensor& log_temperature, const Tensor& temperature);

// The losses of gradient steps, in the memory of Device::cuda.
struct SoftLossRecord {
  SoftLosses latest, sum;
};

// Adds a step of `rows` rows to the record, and stores the gradient of log_temperature,
// entropy − target_entropy, unless the actor's update failed. On CUDA only; the host does not wait.
//   critics, actor  the states of their optimizers; they and `record` are in the device's memory
//   sums            SoftPolicyLoss::sums
//   gradient        one float64
void record_soft_step(const op::StepState* critics, const op::StepState* actor, std::int64_t rows,
                      const Tensor& sums, const Tensor& temperature, double target_entropy,
                      SoftLossRecord* record, const Tensor& gradient);

}  // namespace seqrl
