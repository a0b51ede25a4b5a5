// Half a cheetah runs forward in the plane: Gymnasium's HalfCheetah-v4 and HalfCheetah-v5.
#pragma once

#include <memory>

#include "envs/env.h"
#include "envs/robots/robot_options.h"

namespace seqrl {

struct HalfCheetahOptions : LocomotionOptions {
  HalfCheetahOptions() { ctrl_cost_weight = 0.1; }
};

// Observations (17): height, torso angle, six joint angles; then their velocities with the x
// velocity first. Actions (6): torques of back, then front hip, knee, ankle, in [-1, 1]. Never
// terminates.
// Metres, radians and seconds; an action times its gear is a torque in N·m. Reward and start
// states: envs/robots/locomotion.h.  Source: Gymnasium, gymnasium/envs/mujoco/half_cheetah_v4.py.
std::unique_ptr<Env> make_halfcheetah();

// The same with options.  Source: half_cheetah_v5.py.
std::unique_ptr<Env> make_halfcheetah_v5(const HalfCheetahOptions& options);

}  // namespace seqrl
