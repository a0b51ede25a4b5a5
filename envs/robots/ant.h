// A four-legged robot walks forward in three dimensions: Gymnasium's Ant-v4 and Ant-v5.
#pragma once

#include <memory>

#include "envs/env.h"
#include "envs/robots/robot_options.h"

namespace seqrl {

struct AntOptions : WalkingOptions {
  double contact_cost_weight = 5e-4;
  Range contact_force_range{-1, 1};
  bool include_cfrc_ext_in_observation = true;
  AntOptions();
  void fields(Fields& field);
};

// Observations (27): height, orientation (a quaternion), eight joint angles; then linear and
// angular velocity and joint velocities. Actions (8): torques of hip and ankle of the last leg,
// then of the first three, in [-1, 1]. Ends when height leaves [0.2, 1].
// Metres, radians and seconds; an action times its gear is a torque in N·m. Reward and start
// states: envs/robots/locomotion.h.  Source: Gymnasium, gymnasium/envs/mujoco/ant_v4.py.
std::unique_ptr<Env> make_ant();

// The same with the 111 observations of D4RL's datasets. The last 84 are contact forces that D4RL's
// MuJoCo never computed; all are zero.  Source: Fu et al., arXiv 2004.07219, and its files.
std::unique_ptr<Env> make_ant_d4rl();

// The same by v5's rules (105): also torque and force of contacts on each of 13 bodies, clipped to
// ±1. The reward is reduced by contact_cost_weight times the sum of their squares. Healthy reward
// only while healthy.  Source: ant_v5.py.
std::unique_ptr<Env> make_ant_v5(const AntOptions& options);

}  // namespace seqrl
