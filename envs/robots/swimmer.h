// A chain of three links swims in the plane: Gymnasium's Swimmer-v5.
#pragma once

#include <memory>

#include "envs/env.h"
#include "envs/robots/robot_options.h"

namespace seqrl {

struct SwimmerOptions : LocomotionOptions {
  SwimmerOptions() {
    frame_skip = 4;
    ctrl_cost_weight = 1e-4;
  }
};

// Observations (8): the head's angle, two joint angles; then the head's velocity (2) and the
// angular velocities. Actions (2): torques of the front and the back joint, in [-1, 1]. Never
// terminates.
// Metres, radians and seconds; an action times its gear is a torque in N·m. Reward and start
// states: envs/robots/locomotion.h.  Source: Gymnasium, gymnasium/envs/mujoco/swimmer_v5.py.
std::unique_ptr<Env> make_swimmer_v5(const SwimmerOptions& options);

}  // namespace seqrl
