#include "envs/robots/ant.h"

#include "envs/assets.h"
#include "envs/robots/locomotion.h"

namespace seqrl {
namespace {

class Ant final : public Locomotion {
 public:
  Ant(const char* name, int observation_dim)
      : Locomotion({.mujoco = {.name = name,
                               .mjcf = asset_text("ant.xml"),
                               .frame_skip = 5,
                               .observation_dim = observation_dim},
                    .healthy_reward = 1,
                    .control_cost = 0.5,
                    .hidden_positions = 2,
                    .position_noise = 0.1,
                    .velocity_noise = 0.1,
                    .normal_velocities = true}),
        torso_(model().body("torso")) {}

 private:
  // Not finite is StepOutcome::invalid already.
  bool healthy() const override { return qpos()[2] >= 0.2 && qpos()[2] <= 1; }

  // The body's frame, not qpos: it is one kinematics behind, and so is Gymnasium's reward.
  double forward_position() const override { return body_position(torso_)[0]; }

  int torso_;
};

}  // namespace

std::unique_ptr<Env> make_ant() {
  return std::make_unique<Ant>("ant", 27);
}
std::unique_ptr<Env> make_ant_d4rl() {
  return std::make_unique<Ant>("ant_d4rl", 111);
}

}  // namespace seqrl
