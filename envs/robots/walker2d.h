// A biped walks forward in the plane: Gymnasium's Walker2d-v4 and Walker2d-v5.
#pragma once

#include <memory>

#include "envs/env.h"
#include "envs/robots/robot_options.h"

namespace seqrl {

struct Walker2dOptions : WalkingOptions {
  Range healthy_angle_range{-1, 1};
  Walker2dOptions();
  void fields(Fields& field);
};

// Observations (17): height, torso angle, six joint angles; then their velocities with the x
// velocity first, clipped to ±10. Actions (6): torques of right, then left hip, knee, ankle, in
// [-1, 1]. Ends when height leaves (0.8, 2) or |torso angle| ≥ 1.
// Metres, radians and seconds; an action times its gear is a torque in N·m. Reward and start
// states: envs/robots/locomotion.h.  Source: Gymnasium, gymnasium/envs/mujoco/walker2d_v4.py.
std::unique_ptr<Env> make_walker2d();

// The same by v5's rules, with the left foot's friction on the right foot also: healthy reward only
// while healthy.  Source: walker2d_v5.py.
std::unique_ptr<Env> make_walker2d_v5(const Walker2dOptions& options);

}  // namespace seqrl
