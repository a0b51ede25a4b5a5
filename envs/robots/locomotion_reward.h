// The reward of v5's moving robots, rounded as numpy rounds it.
#pragma once

#include <span>

namespace seqrl {

struct LocomotionReward {
  double velocity;  // metres per second
  double forward_weight;
  double healthy_reward;  // 0 if the robot is not healthy
  double control_weight;
  double contact_cost;
};

// forward_weight · velocity + healthy_reward − (control_weight · Σ action² + contact_cost).
double locomotion_reward(const LocomotionReward& terms, std::span<const double> action);

}  // namespace seqrl
