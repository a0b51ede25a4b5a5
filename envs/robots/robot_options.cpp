#include "envs/robots/robot_options.h"

namespace seqrl {

void RobotOptions::fields(Fields& field) {
  EnvOptions::fields(field);
  field("frame_skip", frame_skip, "MuJoCo's steps to a step", in_range(1, 10000));
  field("max_episode_steps", max_episode_steps, "the time limit", in_range(1, 1 << 24));
}

void LocomotionOptions::fields(Fields& field) {
  RobotOptions::fields(field);
  field("forward_reward_weight", forward_reward_weight, "of the velocity along x");
  field("ctrl_cost_weight", ctrl_cost_weight, "of the sum of squared actions, subtracted");
  field("reset_noise_scale", reset_noise_scale, "of start states", at_least(0));
  field("exclude_current_positions_from_observation", exclude_current_positions_from_observation,
        "hide how far it has come");
}

void WalkingOptions::fields(Fields& field) {
  LocomotionOptions::fields(field);
  field("healthy_reward", healthy_reward, "of every step that leaves it healthy");
  field("terminate_when_unhealthy", terminate_when_unhealthy, "end the episode when it is not");
  field("healthy_z_range", healthy_z_range, "the heights at which it is healthy");
}

}  // namespace seqrl
