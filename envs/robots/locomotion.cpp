#include "envs/robots/locomotion.h"

#include <algorithm>

#include "configs/base/error.h"

namespace seqrl {

Locomotion::Locomotion(const LocomotionDescription& description)
    : MujocoEnv(description.mujoco), description_(description) {
  const int state = model().position_dim() + model().velocity_dim() - description.hidden_positions;
  SEQRL_CHECK(observation_space().dim() >= state);
}

void Locomotion::draw_start(Random& random, std::span<double> qpos, std::span<double> qvel) const {
  const double position_noise = description_.position_noise;
  const double velocity_noise = description_.velocity_noise;
  for (double& q : qpos) q += random.uniform(-position_noise, position_noise);
  for (double& v : qvel) {
    v += description_.normal_velocities ? velocity_noise * random.normal()
                                        : random.uniform(-velocity_noise, velocity_noise);
  }
}

StepOutcome Locomotion::evaluate_step(std::span<const double> action) const {
  double squares = 0;
  for (const double a : action) squares += a * a;
  const double velocity = (forward_position() - start_x_) / step_seconds();
  return {.reward = velocity + description_.healthy_reward - description_.control_cost * squares,
          .terminated = !healthy()};
}

void Locomotion::observe(std::span<double> observation) const {
  auto out =
      std::ranges::copy(qpos().subspan(static_cast<std::size_t>(description_.hidden_positions)),
                        observation.begin())
          .out;
  const double limit = description_.velocity_limit;
  for (const double v : qvel()) *out++ = limit > 0 ? std::clamp(v, -limit, limit) : v;
  std::fill(out, observation.end(), 0.0);
}

}  // namespace seqrl
