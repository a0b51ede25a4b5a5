#include "envs/robots/reacher.h"

#include <algorithm>
#include <cmath>

#include "envs/assets.h"
#include "envs/mujoco/mujoco_env.h"
#include "envs/robots/arithmetic.h"
#include "envs/robots/start_noise.h"

namespace seqrl {
namespace {

class Reacher final : public MujocoEnv {
 public:
  explicit Reacher(const ReacherOptions& options)
      : MujocoEnv({.name = "reacher_v5",
                   .mjcf = asset_text("reacher.xml"),
                   .frame_skip = options.frame_skip,
                   .observation_dim = 10,
                   .max_episode_steps = options.max_episode_steps}),
        options_(options),
        fingertip_(model().body("fingertip")),
        target_(model().body("target")) {}

 private:
  void draw_start(Random& random, std::span<double> qpos, std::span<double> qvel) const override {
    add_uniform(random, qpos.first(2), 0.1);
    add_uniform(random, qvel.first(2), 0.005);
    double x, y;
    do {
      x = random.uniform(-0.2, 0.2);
      y = random.uniform(-0.2, 0.2);
    } while (std::sqrt(x * x + y * y) >= 0.2);
    qpos[2] = x;
    qpos[3] = y;
  }

  StepOutcome evaluate_step(std::span<const double> action) const override {
    const double away = distance(body_position(fingertip_), body_position(target_));
    return {.reward = -away * options_.reward_dist_weight -
                      sum_of_squares(action) * options_.reward_control_weight};
  }

  void observe(std::span<double> observation) const override {
    const auto q = qpos(), v = qvel();
    const auto fingertip = body_position(fingertip_), target = body_position(target_);
    const double seen[] = {std::cos(q[0]),
                           std::cos(q[1]),
                           std::sin(q[0]),
                           std::sin(q[1]),
                           q[2],
                           q[3],
                           v[0],
                           v[1],
                           fingertip[0] - target[0],
                           fingertip[1] - target[1]};
    std::ranges::copy(seen, observation.begin());
  }

  ReacherOptions options_;
  int fingertip_, target_;
};

}  // namespace

void ReacherOptions::fields(Fields& field) {
  RobotOptions::fields(field);
  field("reward_dist_weight", reward_dist_weight,
        "weight of the distance to the target, subtracted");
  field("reward_control_weight", reward_control_weight,
        "weight of the sum of squared actions, subtracted");
}

std::unique_ptr<Env> make_reacher_v5(const ReacherOptions& options) {
  return std::make_unique<Reacher>(options);
}

}  // namespace seqrl
