// A one-legged robot hops forward in the plane: Gymnasium's Hopper-v4 and Hopper-v5.
#pragma once

#include <memory>

#include "envs/env.h"
#include "envs/robots/robot_options.h"

namespace seqrl {

struct HopperOptions : WalkingOptions {
  Range healthy_state_range{-100, 100}, healthy_angle_range{-0.2, 0.2};
  HopperOptions();
  void fields(Fields& field);
};

// Observations (11): height, torso angle, three joint angles; then their velocities with the x
// velocity first, clipped to ±10. Actions (3): torques of hip, knee, ankle, in [-1, 1]. Ends when
// height ≤ 0.7, |torso angle| ≥ 0.2, or any other coordinate leaves ±100.
// Metres, radians and seconds; an action times its gear is a torque in N·m. Reward and start
// states: envs/robots/locomotion.h.  Source: Gymnasium, gymnasium/envs/mujoco/hopper_v4.py.
std::unique_ptr<Env> make_hopper();

// The same by v5's rules: healthy reward only while healthy.  Source: hopper_v5.py.
std::unique_ptr<Env> make_hopper_v5(const HopperOptions& options);

}  // namespace seqrl
