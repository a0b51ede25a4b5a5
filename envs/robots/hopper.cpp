#include "envs/robots/hopper.h"

#include <algorithm>

#include "envs/robots/locomotion.h"

namespace seqrl {
namespace {

class Hopper final : public Locomotion {
 public:
  Hopper(const char* name, GymnasiumVersion version, const HopperOptions& options)
      : Locomotion({.name = name, .asset = "hopper.xml", .version = version, .velocity_limit = 10},
                   options),
        options_(options) {}

 private:
  bool healthy() const override {
    const auto in_range = [this](double x) { return options_.healthy_state_range.between(x); };
    return options_.healthy_z_range.between(qpos()[1]) &&
           options_.healthy_angle_range.between(qpos()[2]) &&
           std::ranges::all_of(qpos().subspan(2), in_range) &&
           std::ranges::all_of(qvel(), in_range);
  }

  HopperOptions options_;
};

}  // namespace

HopperOptions::HopperOptions() {
  frame_skip = 4;
  ctrl_cost_weight = 1e-3;
  reset_noise_scale = 5e-3;
  healthy_z_range = {0.7, std::nullopt};
}

void HopperOptions::fields(Fields& field) {
  WalkingOptions::fields(field);
  field("healthy_state_range", healthy_state_range,
        "healthy range of every other state component except x and height");
  field("healthy_angle_range", healthy_angle_range, "healthy range of the torso's angle");
}

std::unique_ptr<Env> make_hopper() {
  return std::make_unique<Hopper>("hopper", GymnasiumVersion::v4, HopperOptions());
}

std::unique_ptr<Env> make_hopper_v5(const HopperOptions& options) {
  return std::make_unique<Hopper>("hopper_v5", GymnasiumVersion::v5, options);
}

}  // namespace seqrl
