#include "envs/mjcf/mjcf_env.h"

#include <fmt/ranges.h>
#include <mujoco/mujoco.h>

#include <algorithm>
#include <cstdio>
#include <mutex>
#include <utility>

#include "configs/base/error.h"
#include "configs/base/text.h"
#include "envs/mjcf/mjcf_plan.h"
#include "envs/mujoco/model_fingerprint.h"
#include "envs/mujoco/mujoco_env.h"

namespace seqrl {
namespace {

// Rejects a model that does not match the config's fingerprint.
void require_same(const MjcfOptions& config, const MujocoModel& model) {
  const std::string& then = *config.fingerprint;
  if (is_fingerprint_of_files(then)) {
    static std::once_flag once;
    std::call_once(once, [&] {
      fmt::print(stderr,
                 "seqrl: note: env.fingerprint {} is from an older seqrl: cannot tell whether {} "
                 "has changed since\n",
                 then, shown(config.model));
    });
    return;
  }
  const std::string now = model.fingerprint();
  SEQRL_REQUIRE(
      same_model(then, now),
      "env.model: {} has changed (fingerprint {}, not {}): restore it, or give its path with "
      "env.model=…; only a new run or an evaluation accepts it as it is, with env.fingerprint=null",
      config.model, now, then);
}

MjcfPlan checked_plan(const MjcfOptions& config) {
  const auto model = MujocoModel::load(config.model);
  if (config.fingerprint) require_same(config, *model);
  MjcfPlan plan = MjcfPlan::make(config, model);
  SEQRL_REQUIRE(!plan.fault, "env.{}: {}", fmt::join(plan.fault->keys, "."), plan.fault->text);
  return plan;
}

double draw(Random& random, const std::string& distribution, double noise) {
  return distribution == "normal" ? noise * random.normal() : random.uniform(-noise, noise);
}

class MjcfEnv final : public MujocoEnv {
 public:
  explicit MjcfEnv(const MjcfOptions& config) : MjcfEnv(config, checked_plan(config)) {}

 private:
  MjcfEnv(const MjcfOptions& config, MjcfPlan plan)
      : MujocoEnv({.name = config.title("mjcf"),
                   .mjcf = "",
                   .model = plan.model,
                   .keyframe = plan.keyframe,
                   .frame_skip = config.frame_skip,
                   .observation_dim = plan.observation_dim,
                   .max_episode_steps = config.max_episode_steps,
                   .refresh = plan.needs_refresh()}),
        reset_(config.reset),
        observation_(config.observation),
        reward_(config.reward),
        plan_(std::move(plan)),
        joints_before_(plan_.joint_velocities.size()),
        bodies_before_(plan_.body_velocities.size()) {}

  void draw_start(Random& random, std::span<double> qpos, std::span<double> qvel) const override {
    for (double& q : qpos) q += draw(random, reset_.position_distribution, reset_.position_noise);
    for (double& v : qvel) v += draw(random, reset_.velocity_distribution, reset_.velocity_noise);
  }

  void begin_step() override {
    const auto remember = [](const auto& terms, const double* values, std::vector<double>& before) {
      for (std::size_t i = 0; i < terms.size(); ++i) before[i] = values[terms[i].index];
    };
    remember(plan_.joint_velocities, data()->qpos, joints_before_);
    remember(plan_.body_velocities, data()->xpos, bodies_before_);
  }

  StepOutcome evaluate_step(std::span<const double> action) const override {
    const auto within = [this](const MjcfPlan::Bound& bound) {
      return bound.range.between(read(bound.quantity)[bound.index]);
    };
    const bool healthy = std::ranges::all_of(plan_.bounds, within);
    double reward = 0;
    const auto add_velocities = [&](const auto& terms, const double* values, const auto& before) {
      for (std::size_t i = 0; i < terms.size(); ++i) {
        reward += terms[i].weight * ((values[terms[i].index] - before[i]) / step_seconds());
      }
    };
    add_velocities(plan_.joint_velocities, data()->qpos, joints_before_);
    add_velocities(plan_.body_velocities, data()->xpos, bodies_before_);
    double squares = 0;
    for (const double a : action) squares += a * a;
    const double alive = healthy || !reward_.alive_while_healthy ? reward_.alive : 0;
    reward = reward + alive - reward_.control_cost * squares;
    for (const auto& [weight, index] : plan_.sensors) reward += weight * data()->sensordata[index];
    for (const auto& [weight, index] : plan_.squared_sensors) {
      reward += weight * (data()->sensordata[index] * data()->sensordata[index]);
    }
    return {.reward = reward, .terminated = !healthy};
  }

  void observe(std::span<double> observation) const override {
    auto out = observation.begin();
    if (observation_.positions) {
      const auto hidden = static_cast<std::size_t>(observation_.hidden_positions);
      out = std::ranges::copy(qpos().subspan(hidden), out).out;
    }
    if (observation_.velocities) {
      const double limit = observation_.velocity_limit;
      for (const double v : qvel()) *out++ = limit > 0 ? std::clamp(v, -limit, limit) : v;
    }
    for (const int index : plan_.seen) *out++ = data()->sensordata[index];
  }

  const double* read(MjcfPlan::Quantity quantity) const {
    switch (quantity) {
      case MjcfPlan::Quantity::position:
        return data()->qpos;
      case MjcfPlan::Quantity::velocity:
        return data()->qvel;
      case MjcfPlan::Quantity::body_height:
        return data()->xpos;
      case MjcfPlan::Quantity::sensor:
        return data()->sensordata;
    }
    SEQRL_CHECK(!"every quantity is read");
    __builtin_unreachable();
  }

  MjcfReset reset_;
  MjcfObservation observation_;
  MjcfReward reward_;
  MjcfPlan plan_;
  std::vector<double> joints_before_, bodies_before_;  // of the terms, at the start of the step
};

}  // namespace

std::unique_ptr<Env> make_mjcf_env(const MjcfOptions& config) {
  return std::make_unique<MjcfEnv>(config);
}

}  // namespace seqrl
