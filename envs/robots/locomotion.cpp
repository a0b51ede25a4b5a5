#include "envs/robots/locomotion.h"

#include <algorithm>

#include "envs/assets.h"
#include "envs/robots/locomotion_reward.h"
#include "envs/robots/start_noise.h"

namespace seqrl {
namespace {

MujocoDescription mujoco_description(const LocomotionDescription& robot,
                                     const LocomotionOptions& options) {
  auto model = MujocoModel::compile(robot.name, asset_text(robot.asset));
  const int hidden =
      options.exclude_current_positions_from_observation ? robot.hidden_positions : 0;
  const int observation_dim =
      model->position_dim() + model->velocity_dim() - hidden + robot.more_observations;
  return {.name = robot.name,
          .mjcf = "",
          .model = std::move(model),
          .frame_skip = options.frame_skip,
          .observation_dim = observation_dim,
          .max_episode_steps = options.max_episode_steps};
}

}  // namespace

Locomotion::Locomotion(const LocomotionDescription& description, const LocomotionOptions& options)
    : MujocoEnv(mujoco_description(description, options)),
      description_(description),
      options_(options) {
  if (options.exclude_current_positions_from_observation) {
    hidden_ = static_cast<std::size_t>(description.hidden_positions);
  }
}

Locomotion::Locomotion(const LocomotionDescription& description, const WalkingOptions& options)
    : Locomotion(description, static_cast<const LocomotionOptions&>(options)) {
  healthy_reward_ = options.healthy_reward;
  terminates_ = options.terminate_when_unhealthy;
}

void Locomotion::draw_start(Random& random, std::span<double> qpos, std::span<double> qvel) const {
  const double noise = options_.reset_noise_scale;
  add_uniform(random, qpos, noise);
  if (description_.normal_velocities) {
    add_normal(random, qvel, noise);
  } else {
    add_uniform(random, qvel, noise);
  }
}

StepOutcome Locomotion::evaluate_step(std::span<const double> action) const {
  const double velocity = (forward_position() - start_x_) / step_seconds();
  const bool up = healthy();
  StepOutcome outcome{.terminated = terminates_ && !up};
  if (description_.version == GymnasiumVersion::v5) {
    outcome.reward = locomotion_reward({.velocity = velocity,
                                        .forward_weight = options_.forward_reward_weight,
                                        .healthy_reward = up ? healthy_reward_ : 0,
                                        .control_weight = options_.ctrl_cost_weight,
                                        .contact_cost = contact_cost()},
                                       action);
  } else {
    double squares = 0;
    for (const double a : action) squares += a * a;
    outcome.reward = velocity + healthy_reward_ - options_.ctrl_cost_weight * squares;
  }
  return outcome;
}

void Locomotion::observe_more(std::span<double> observation) const {
  std::ranges::fill(observation, 0.0);
}

void Locomotion::observe(std::span<double> observation) const {
  auto out = std::ranges::copy(qpos().subspan(hidden_), observation.begin()).out;
  const double limit = description_.velocity_limit;
  for (const double v : qvel()) *out++ = limit > 0 ? std::clamp(v, -limit, limit) : v;
  observe_more({out, observation.end()});
}

}  // namespace seqrl
