#include "envs/robots/walker2d.h"

#include "envs/robots/locomotion.h"

namespace seqrl {
namespace {

class Walker2d final : public Locomotion {
 public:
  Walker2d(const LocomotionDescription& description, const Walker2dOptions& options)
      : Locomotion(description, options), options_(options) {}

 private:
  bool healthy() const override {
    return options_.healthy_z_range.between(qpos()[1]) &&
           options_.healthy_angle_range.between(qpos()[2]);
  }

  Walker2dOptions options_;
};

}  // namespace

Walker2dOptions::Walker2dOptions() {
  frame_skip = 4;
  ctrl_cost_weight = 1e-3;
  reset_noise_scale = 5e-3;
  healthy_z_range = {0.8, 2};
}

void Walker2dOptions::fields(Fields& field) {
  WalkingOptions::fields(field);
  field("healthy_angle_range", healthy_angle_range, "healthy range of the torso's angle");
}

std::unique_ptr<Env> make_walker2d() {
  const LocomotionDescription walker{.name = "walker2d",
                                     .asset = "walker2d.xml",
                                     .version = GymnasiumVersion::v4,
                                     .velocity_limit = 10};
  return std::make_unique<Walker2d>(walker, Walker2dOptions());
}

std::unique_ptr<Env> make_walker2d_v5(const Walker2dOptions& options) {
  const LocomotionDescription walker{
      .name = "walker2d_v5", .asset = "walker2d_v5.xml", .velocity_limit = 10};
  return std::make_unique<Walker2d>(walker, options);
}

}  // namespace seqrl
