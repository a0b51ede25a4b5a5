#include "envs/robots/inverted_pendulum.h"

#include <algorithm>
#include <cmath>

#include "envs/assets.h"
#include "envs/mujoco/mujoco_env.h"
#include "envs/robots/start_noise.h"

namespace seqrl {
namespace {

class InvertedPendulum final : public MujocoEnv {
 public:
  explicit InvertedPendulum(const InvertedPendulumOptions& options)
      : MujocoEnv({.name = "inverted_pendulum_v5",
                   .mjcf = asset_text("inverted_pendulum.xml"),
                   .frame_skip = options.frame_skip,
                   .observation_dim = 4,
                   .max_episode_steps = options.max_episode_steps}),
        noise_(options.reset_noise_scale) {}

 private:
  void draw_start(Random& random, std::span<double> qpos, std::span<double> qvel) const override {
    add_uniform(random, qpos, noise_);
    add_uniform(random, qvel, noise_);
  }

  StepOutcome evaluate_step(std::span<const double>) const override {
    const bool fallen = std::abs(qpos()[1]) > 0.2;
    return {.reward = fallen ? 0.0 : 1.0, .terminated = fallen};
  }

  void observe(std::span<double> observation) const override {
    std::ranges::copy(qvel(), std::ranges::copy(qpos(), observation.begin()).out);
  }

  double noise_;
};

}  // namespace

void InvertedPendulumOptions::fields(Fields& field) {
  RobotOptions::fields(field);
  field("reset_noise_scale", reset_noise_scale, "scale of the noise of start states", at_least(0));
}

std::unique_ptr<Env> make_inverted_pendulum_v5(const InvertedPendulumOptions& options) {
  return std::make_unique<InvertedPendulum>(options);
}

}  // namespace seqrl
