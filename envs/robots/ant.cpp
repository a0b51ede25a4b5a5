#include "envs/robots/ant.h"

#include <mujoco/mujoco.h>

#include "envs/robots/arithmetic.h"
#include "envs/robots/locomotion.h"

namespace seqrl {
namespace {

constexpr int kAntBodies = 14;  // including the world

class Ant final : public Locomotion {
 public:
  Ant(const char* name, GymnasiumVersion version, const AntOptions& options, int more_observations)
      : Locomotion({.name = name,
                    .asset = "ant.xml",
                    .version = version,
                    .hidden_positions = 2,
                    .more_observations = more_observations,
                    .normal_velocities = true},
                   options),
        options_(options),
        torso_(model().body("torso")) {
    SEQRL_CHECK(model().get()->nbody == kAntBodies);
  }

 private:
  // A state that is not finite is already StepOutcome::invalid.
  bool healthy() const override { return options_.healthy_z_range.contains(qpos()[2]); }

  // The body's frame, not qpos: it lags by one kinematics update, as in Gymnasium's reward.
  double forward_position() const override { return body_position(torso_)[0]; }

  double contact_force(int i) const {
    return options_.contact_force_range.clamp(data()->cfrc_ext[i]);
  }

  double contact_cost() const override {
    const auto square = [this](int i) { return contact_force(i) * contact_force(i); };
    return options_.contact_cost_weight * numpy_sum(6 * kAntBodies, square);
  }

  void observe_more(std::span<double> observation) const override {
    if (!options_.include_cfrc_ext_in_observation) return Locomotion::observe_more(observation);
    int i = 6;  // the world's are omitted
    for (double& x : observation) x = contact_force(i++);
  }

  AntOptions options_;
  int torso_;
};

AntOptions without_contacts() {
  AntOptions options;
  options.include_cfrc_ext_in_observation = false;
  return options;
}

}  // namespace

AntOptions::AntOptions() {
  ctrl_cost_weight = 0.5;
  healthy_z_range = {0.2, 1};
}

void AntOptions::fields(Fields& field) {
  WalkingOptions::fields(field);
  field("contact_cost_weight", contact_cost_weight,
        "weight of the sum of squared contact forces, subtracted");
  field("contact_force_range", contact_force_range, "range that contact forces are clipped to");
  field("include_cfrc_ext_in_observation", include_cfrc_ext_in_observation,
        "include the contact forces in observations");
}

std::unique_ptr<Env> make_ant() {
  return std::make_unique<Ant>("ant", GymnasiumVersion::v4, without_contacts(), 0);
}

std::unique_ptr<Env> make_ant_d4rl() {
  return std::make_unique<Ant>("ant_d4rl", GymnasiumVersion::v4, without_contacts(), 84);
}

std::unique_ptr<Env> make_ant_v5(const AntOptions& options) {
  const int shown = options.include_cfrc_ext_in_observation ? 6 * (kAntBodies - 1) : 0;
  return std::make_unique<Ant>("ant_v5", GymnasiumVersion::v5, options, shown);
}

}  // namespace seqrl
