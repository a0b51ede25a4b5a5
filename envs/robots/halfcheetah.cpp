#include "envs/robots/halfcheetah.h"

#include "envs/assets.h"
#include "envs/robots/locomotion.h"

namespace seqrl {
namespace {

class HalfCheetah final : public Locomotion {
 public:
  HalfCheetah()
      : Locomotion({.mujoco = {.name = "halfcheetah",
                               .mjcf = asset_text("halfcheetah.xml"),
                               .frame_skip = 5,
                               .observation_dim = 17},
                    .control_cost = 0.1,
                    .position_noise = 0.1,
                    .velocity_noise = 0.1,
                    .normal_velocities = true}) {}
};

}  // namespace

std::unique_ptr<Env> make_halfcheetah() {
  return std::make_unique<HalfCheetah>();
}

}  // namespace seqrl
