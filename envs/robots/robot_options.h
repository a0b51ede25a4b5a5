// The options of Gymnasium's v5 robots, named as in its constructors.
#pragma once

#include "envs/env_options.h"
#include "envs/range.h"

namespace seqrl {

// Options of all robots. Lengths in metres, angles in radians, times in seconds.
struct RobotOptions : EnvOptions {
  int frame_skip = 5;            // MuJoCo steps per step
  int max_episode_steps = 1000;  // the step that is truncated
  void fields(Fields& field);
};

// Options of all robots that are rewarded for moving forward.
struct LocomotionOptions : RobotOptions {
  double forward_reward_weight = 1;  // times the velocity along x
  double ctrl_cost_weight = 0;       // times Σ action², subtracted
  double reset_noise_scale = 0.1;
  bool exclude_current_positions_from_observation = true;
  void fields(Fields& field);
};

// Options of all robots that may fall.
struct WalkingOptions : LocomotionOptions {
  double healthy_reward = 1;
  bool terminate_when_unhealthy = true;
  Range healthy_z_range;
  void fields(Fields& field);
};

}  // namespace seqrl
