#include "envs/robots/inverted_double_pendulum.h"

#include <mujoco/mujoco.h>

#include <algorithm>
#include <cmath>

#include "envs/assets.h"
#include "envs/mujoco/mujoco_env.h"
#include "envs/robots/start_noise.h"

namespace seqrl {
namespace {

class InvertedDoublePendulum final : public MujocoEnv {
 public:
  explicit InvertedDoublePendulum(const InvertedDoublePendulumOptions& options)
      : MujocoEnv({.name = "inverted_double_pendulum_v5",
                   .mjcf = asset_text("inverted_double_pendulum.xml"),
                   .frame_skip = options.frame_skip,
                   .observation_dim = 9,
                   .max_episode_steps = options.max_episode_steps}),
        healthy_reward_(options.healthy_reward),
        noise_(options.reset_noise_scale) {}

 private:
  void draw_start(Random& random, std::span<double> qpos, std::span<double> qvel) const override {
    add_uniform(random, qpos, noise_);
    add_normal(random, qvel, noise_);
  }

  StepOutcome evaluate_step(std::span<const double>) const override {
    const double x = data()->site_xpos[0], z = data()->site_xpos[2];  // the model's only site
    const double lower = qvel()[1], upper = qvel()[2];
    const bool fallen = z <= 1;
    const double distance = 0.01 * (x * x) + (z - 2) * (z - 2);
    const double speed = 0.001 * (lower * lower) + 0.005 * (upper * upper);
    return {.reward = (fallen ? 0 : healthy_reward_) - distance - speed, .terminated = fallen};
  }

  void observe(std::span<double> observation) const override {
    const double lower = qpos()[1], upper = qpos()[2];
    const double seen[] = {qpos()[0],       std::sin(lower), std::sin(upper),
                           std::cos(lower), std::cos(upper), qvel()[0],
                           qvel()[1],       qvel()[2],       data()->qfrc_constraint[0]};
    std::ranges::copy(seen, observation.begin());
    for (double& x : observation.subspan(5)) x = std::clamp(x, -10.0, 10.0);
  }

  double healthy_reward_, noise_;
};

}  // namespace

void InvertedDoublePendulumOptions::fields(Fields& field) {
  RobotOptions::fields(field);
  field("healthy_reward", healthy_reward,
        "reward of every step except the one that ends the episode");
  field("reset_noise_scale", reset_noise_scale, "scale of the noise of start states", at_least(0));
}

std::unique_ptr<Env> make_inverted_double_pendulum_v5(
    const InvertedDoublePendulumOptions& options) {
  return std::make_unique<InvertedDoublePendulum>(options);
}

}  // namespace seqrl
