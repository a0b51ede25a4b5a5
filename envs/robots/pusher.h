// An arm of seven joints pushes a cylinder to a goal: Gymnasium's Pusher-v5.
#pragma once

#include <memory>

#include "envs/env.h"
#include "envs/robots/robot_options.h"

namespace seqrl {

struct PusherOptions : RobotOptions {
  double reward_near_weight = 0.5, reward_dist_weight = 1, reward_control_weight = 0.1;
  PusherOptions() { max_episode_steps = 100; }
  void fields(Fields& field);
};

// Observations (23): angles, then velocities of the seven joints; the positions (3 each) of
// fingertips, cylinder and goal. Actions (7): torques of the joints in N·m, in [-2, 2]. Never
// terminates.
// reward = −reward_near_weight · |cylinder − fingertips| − reward_dist_weight · |cylinder − goal| −
// reward_control_weight · Σ action².
// The arm starts at rest except for velocities within ±0.005. The cylinder's slides (y, x) start in
// [-0.3, 0] × [-0.2, 0.2], more than 0.17 from the goal's. All are uniform.
// Metres, radians and seconds.  Source: Gymnasium, gymnasium/envs/mujoco/pusher_v5.py.
std::unique_ptr<Env> make_pusher_v5(const PusherOptions& options);

}  // namespace seqrl
