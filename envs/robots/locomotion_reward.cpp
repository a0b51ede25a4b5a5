#include "envs/robots/locomotion_reward.h"

#include "envs/robots/arithmetic.h"

namespace seqrl {

double locomotion_reward(const LocomotionReward& terms, std::span<const double> action) {
  const double rewards = terms.forward_weight * terms.velocity + terms.healthy_reward;
  const double costs = terms.control_weight * sum_of_squares(action) + terms.contact_cost;
  return rewards - costs;
}

}  // namespace seqrl
