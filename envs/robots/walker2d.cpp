#include "envs/robots/walker2d.h"

#include <cmath>

#include "envs/assets.h"
#include "envs/robots/locomotion.h"

namespace seqrl {
namespace {

class Walker2d final : public Locomotion {
 public:
  Walker2d()
      : Locomotion({.mujoco = {.name = "walker2d",
                               .mjcf = asset_text("walker2d.xml"),
                               .frame_skip = 4,
                               .observation_dim = 17},
                    .healthy_reward = 1,
                    .control_cost = 1e-3,
                    .velocity_limit = 10,
                    .position_noise = 5e-3,
                    .velocity_noise = 5e-3}) {}

 private:
  bool healthy() const override {
    const double height = qpos()[1], angle = qpos()[2];
    return height > 0.8 && height < 2 && std::abs(angle) < 1;
  }
};

}  // namespace

std::unique_ptr<Env> make_walker2d() {
  return std::make_unique<Walker2d>();
}

}  // namespace seqrl
