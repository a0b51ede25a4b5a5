#include "envs/robots/humanoid.h"

#include <mujoco/mujoco.h>

#include <algorithm>

#include "envs/robots/arithmetic.h"
#include "envs/robots/locomotion.h"

namespace seqrl {
namespace {

constexpr int kBodies = 14;  // including the world
constexpr int kJoints = 17;  // hinges, after the root's six velocities

int shown_numbers(const HumanoidShown& shown) {
  return (kBodies - 1) *
             (10 * shown.include_cinert_in_observation + 6 * shown.include_cvel_in_observation +
              6 * shown.include_cfrc_ext_in_observation) +
         kJoints * shown.include_qfrc_actuator_in_observation;
}

// The figure with its observations. Derived classes define the reward.
class Humanoid : public Locomotion {
 protected:
  template <class Options>
  Humanoid(const char* name, const char* asset, const Options& options, const HumanoidShown& shown)
      : Locomotion({.name = name,
                    .asset = asset,
                    .hidden_positions = 2,
                    .more_observations = shown_numbers(shown)},
                   options),
        shown_(shown) {
    SEQRL_CHECK(model().get()->nbody == kBodies && model().get()->nv == 6 + kJoints);
  }

  double squared_contact_forces() const {
    return sum_of_squares({data()->cfrc_ext, std::size_t{6 * kBodies}});
  }

 private:
  void observe_more(std::span<double> observation) const final {
    auto out = observation.begin();
    const auto show = [&out](bool shown, const double* numbers, int first, int count) {
      if (shown) out = std::copy_n(numbers + first, count, out);
    };
    constexpr int kShown = kBodies - 1;  // the world's are omitted
    show(shown_.include_cinert_in_observation, data()->cinert, 10, 10 * kShown);
    show(shown_.include_cvel_in_observation, data()->cvel, 6, 6 * kShown);
    show(shown_.include_qfrc_actuator_in_observation, data()->qfrc_actuator, 6, kJoints);
    show(shown_.include_cfrc_ext_in_observation, data()->cfrc_ext, 6, 6 * kShown);
  }

  HumanoidShown shown_;
};

class WalkingHumanoid final : public Humanoid {
 public:
  explicit WalkingHumanoid(const HumanoidOptions& options)
      : Humanoid("humanoid_v5", "humanoid.xml", static_cast<const WalkingOptions&>(options),
                 options),
        options_(options) {
    mass_ = numpy_sum(kBodies, [this](int i) { return model().get()->body_mass[i]; });
  }

 private:
  bool healthy() const override { return options_.healthy_z_range.between(qpos()[2]); }

  // Of the centre of mass, as of MuJoCo's last kinematics.
  double forward_position() const override {
    double sum = 0;
    for (int i = 0; i < kBodies; ++i) sum += model().get()->body_mass[i] * data()->xipos[3 * i];
    return sum / mass_;
  }

  double contact_cost() const override {
    return options_.contact_cost_range.clamp(options_.contact_cost_weight *
                                             squared_contact_forces());
  }

  HumanoidOptions options_;
  double mass_;
};

LocomotionOptions moving(const HumanoidStandupOptions& options) {
  LocomotionOptions moving;
  moving.frame_skip = options.frame_skip;
  moving.max_episode_steps = options.max_episode_steps;
  moving.reset_noise_scale = options.reset_noise_scale;
  moving.exclude_current_positions_from_observation =
      options.exclude_current_positions_from_observation;
  return moving;
}

class LyingHumanoid final : public Humanoid {
 public:
  explicit LyingHumanoid(const HumanoidStandupOptions& options)
      : Humanoid("humanoid_standup_v5", "humanoid_standup.xml", moving(options), options),
        options_(options) {}

 private:
  StepOutcome evaluate_step(std::span<const double> action) const override {
    const double height = qpos()[2] / model().timestep();
    const double control = options_.ctrl_cost_weight * sum_of_squares(action);
    const double impact =
        options_.impact_cost_range.clamp(options_.impact_cost_weight * squared_contact_forces());
    return {.reward = height - control - impact + 1};
  }

  HumanoidStandupOptions options_;
};

}  // namespace

void HumanoidShown::fields(Fields& field) {
  field("include_cinert_in_observation", include_cinert_in_observation,
        "include the bodies' masses and inertias in observations");
  field("include_cvel_in_observation", include_cvel_in_observation,
        "include the bodies' velocities in observations");
  field("include_qfrc_actuator_in_observation", include_qfrc_actuator_in_observation,
        "include the joints' torques in observations");
  field("include_cfrc_ext_in_observation", include_cfrc_ext_in_observation,
        "include the bodies' contact forces in observations");
}

HumanoidOptions::HumanoidOptions() {
  forward_reward_weight = 1.25;
  ctrl_cost_weight = 0.1;
  healthy_reward = 5;
  healthy_z_range = {1, 2};
  reset_noise_scale = 0.01;
}

void HumanoidOptions::fields(Fields& field) {
  WalkingOptions::fields(field);
  field("contact_cost_weight", contact_cost_weight,
        "weight of the sum of squared contact forces, subtracted");
  field("contact_cost_range", contact_cost_range, "range that the contact cost is clipped to");
  HumanoidShown::fields(field);
}

void HumanoidStandupOptions::fields(Fields& field) {
  RobotOptions::fields(field);
  field("uph_cost_weight", uph_cost_weight, "has no effect, as in Gymnasium");
  field("ctrl_cost_weight", ctrl_cost_weight, "weight of the sum of squared actions, subtracted");
  field("impact_cost_weight", impact_cost_weight,
        "weight of the sum of squared contact forces, subtracted");
  field("impact_cost_range", impact_cost_range, "range that the impact cost is clipped to");
  field("reset_noise_scale", reset_noise_scale, "scale of the noise of start states", at_least(0));
  field("exclude_current_positions_from_observation", exclude_current_positions_from_observation,
        "leave the distance travelled out of observations");
  HumanoidShown::fields(field);
}

std::unique_ptr<Env> make_humanoid_v5(const HumanoidOptions& options) {
  return std::make_unique<WalkingHumanoid>(options);
}

std::unique_ptr<Env> make_humanoid_standup_v5(const HumanoidStandupOptions& options) {
  return std::make_unique<LyingHumanoid>(options);
}

}  // namespace seqrl
