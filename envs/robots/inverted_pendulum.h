// A cart balances a pole: Gymnasium's InvertedPendulum-v5.
#pragma once

#include <memory>

#include "envs/env.h"
#include "envs/robots/robot_options.h"

namespace seqrl {

struct InvertedPendulumOptions : RobotOptions {
  double reset_noise_scale = 0.01;
  InvertedPendulumOptions() { frame_skip = 2; }
  void fields(Fields& field);
};

// Observations (4): the cart's position, the pole's angle; then their velocities. Actions (1): the
// force on the cart, in [-3, 3], times a gear of 100 in N. The reward is 1 per step, and 0 in the
// step that ends the episode, when |angle| > 0.2. Positions and velocities start within ±
// reset_noise_scale, uniform.
// Metres, radians and seconds.  Source: Gymnasium, gymnasium/envs/mujoco/inverted_pendulum_v5.py.
std::unique_ptr<Env> make_inverted_pendulum_v5(const InvertedPendulumOptions& options);

}  // namespace seqrl
