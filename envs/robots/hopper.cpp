#include "envs/robots/hopper.h"

#include <algorithm>
#include <cmath>

#include "envs/assets.h"
#include "envs/robots/locomotion.h"

namespace seqrl {
namespace {

class Hopper final : public Locomotion {
 public:
  Hopper()
      : Locomotion({.mujoco = {.name = "hopper",
                               .mjcf = asset_text("hopper.xml"),
                               .frame_skip = 4,
                               .observation_dim = 11},
                    .healthy_reward = 1,
                    .control_cost = 1e-3,
                    .velocity_limit = 10,
                    .position_noise = 5e-3,
                    .velocity_noise = 5e-3}) {}

 private:
  bool healthy() const override {
    const auto in_range = [](double x) { return std::abs(x) < 100; };
    const double height = qpos()[1], angle = qpos()[2];
    return height > 0.7 && std::abs(angle) < 0.2 &&
           std::ranges::all_of(qpos().subspan(2), in_range) &&
           std::ranges::all_of(qvel(), in_range);
  }
};

}  // namespace

std::unique_ptr<Env> make_hopper() {
  return std::make_unique<Hopper>();
}

}  // namespace seqrl
