// A four-legged robot walks forward in three dimensions: Gymnasium's Ant-v4.
#pragma once

#include <memory>

#include "envs/env.h"

namespace seqrl {

// Observations (27): height, orientation (a quaternion), eight joint angles; then linear and
// angular velocity and the joints'. Actions (8): torques of hip and ankle of the last leg, then of
// the first three, in [-1, 1]. Ends when height leaves [0.2, 1].
// Metres, radians and seconds; an action times its gear is a torque in N·m. Reward and start
// states: envs/robots/locomotion.h.  Source: Gymnasium, gymnasium/envs/mujoco/ant_v4.py.
std::unique_ptr<Env> make_ant();

// The same with the 111 observations of D4RL's datasets, whose last 84, contact forces that its
// MuJoCo never computed, are all zero.  Source: Fu et al., arXiv 2004.07219, and its files.
std::unique_ptr<Env> make_ant_d4rl();

}  // namespace seqrl
