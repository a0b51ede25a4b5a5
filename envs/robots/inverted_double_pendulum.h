// A cart balances two poles, one on top of the other: Gymnasium's InvertedDoublePendulum-v5.
#pragma once

#include <memory>

#include "envs/env.h"
#include "envs/robots/robot_options.h"

namespace seqrl {

struct InvertedDoublePendulumOptions : RobotOptions {
  double healthy_reward = 10;
  double reset_noise_scale = 0.1;
  void fields(Fields& field);
};

// Observations (9): the cart's position, sines, then cosines of the poles' angles; the velocities
// of all three, clipped to ±10; the force of the cart's stop, clipped to ±10. Actions (1): the
// force on the cart, in [-1, 1], times a gear of 500 in N. Ends when the tip's height is ≤ 1.
// reward = healthy_reward (not in the step that ends the episode) − 0.01 x² − (z − 2)² − 0.001 v₁²
// − 0.005 v₂²; x and z are the tip's coordinates, v₁ and v₂ the poles' velocities. Positions start
// within ± reset_noise_scale, uniform; velocities are normal with that scale.
// Metres, radians and seconds.
// Source: Gymnasium, gymnasium/envs/mujoco/inverted_double_pendulum_v5.py.
std::unique_ptr<Env> make_inverted_double_pendulum_v5(const InvertedDoublePendulumOptions& options);

}  // namespace seqrl
