#include "envs/robots/pusher.h"

#include <algorithm>
#include <cmath>

#include "envs/assets.h"
#include "envs/mujoco/mujoco_env.h"
#include "envs/robots/arithmetic.h"
#include "envs/robots/start_noise.h"

namespace seqrl {
namespace {

constexpr std::size_t kArmJoints = 7;  // of the arm; then the cylinder's two and the goal's two

class Pusher final : public MujocoEnv {
 public:
  explicit Pusher(const PusherOptions& options)
      : MujocoEnv({.name = "pusher_v5",
                   .mjcf = asset_text("pusher.xml"),
                   .frame_skip = options.frame_skip,
                   .observation_dim = 23,
                   .max_episode_steps = options.max_episode_steps}),
        options_(options),
        fingertips_(model().body("fingertips")),
        cylinder_(model().body("cylinder")),
        goal_(model().body("goal")) {}

 private:
  void draw_start(Random& random, std::span<double> qpos, std::span<double> qvel) const override {
    double y, x;
    do {
      y = random.uniform(-0.3, 0);
      x = random.uniform(-0.2, 0.2);
    } while (std::sqrt(y * y + x * x) <= 0.17);
    qpos[kArmJoints] = y;
    qpos[kArmJoints + 1] = x;
    add_uniform(random, qvel.first(kArmJoints), 0.005);
  }

  StepOutcome evaluate_step(std::span<const double> action) const override {
    const auto cylinder = body_position(cylinder_);
    const double near = -distance(cylinder, body_position(fingertips_));
    const double away = -distance(cylinder, body_position(goal_));
    const double control = -sum_of_squares(action);
    return {.reward = away * options_.reward_dist_weight +
                      control * options_.reward_control_weight +
                      near * options_.reward_near_weight};
  }

  void observe(std::span<double> observation) const override {
    auto out = std::ranges::copy(qpos().first(kArmJoints), observation.begin()).out;
    out = std::ranges::copy(qvel().first(kArmJoints), out).out;
    for (const int body : {fingertips_, cylinder_, goal_}) {
      out = std::ranges::copy(body_position(body), out).out;
    }
  }

  PusherOptions options_;
  int fingertips_, cylinder_, goal_;
};

}  // namespace

void PusherOptions::fields(Fields& field) {
  RobotOptions::fields(field);
  field("reward_near_weight", reward_near_weight,
        "weight of the distance from fingertips to cylinder, subtracted");
  field("reward_dist_weight", reward_dist_weight,
        "weight of the distance from cylinder to goal, subtracted");
  field("reward_control_weight", reward_control_weight,
        "weight of the sum of squared actions, subtracted");
}

std::unique_ptr<Env> make_pusher_v5(const PusherOptions& options) {
  return std::make_unique<Pusher>(options);
}

}  // namespace seqrl
