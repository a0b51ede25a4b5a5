#include "envs/robots/robot_options.h"

namespace seqrl {

void RobotOptions::fields(Fields& field) {
  EnvOptions::fields(field);
  field("frame_skip", frame_skip, "MuJoCo steps per environment step", in_range(1, 10000));
  field("max_episode_steps", max_episode_steps, "time limit in steps", in_range(1, 1 << 24));
}

void LocomotionOptions::fields(Fields& field) {
  RobotOptions::fields(field);
  field("forward_reward_weight", forward_reward_weight, "weight of the velocity along x");
  field("ctrl_cost_weight", ctrl_cost_weight, "weight of the sum of squared actions, subtracted");
  field("reset_noise_scale", reset_noise_scale, "scale of the noise of start states", at_least(0));
  field("exclude_current_positions_from_observation", exclude_current_positions_from_observation,
        "leave the distance travelled out of observations");
}

void WalkingOptions::fields(Fields& field) {
  LocomotionOptions::fields(field);
  field("healthy_reward", healthy_reward, "reward of every step after which the robot is healthy");
  field("terminate_when_unhealthy", terminate_when_unhealthy,
        "end the episode when the robot is unhealthy");
  field("healthy_z_range", healthy_z_range, "range of heights at which the robot is healthy");
}

}  // namespace seqrl
