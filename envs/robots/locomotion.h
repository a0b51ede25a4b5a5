// The base of the robots that move forward: Gymnasium's v4 and v5 rewards, start states and
// observations.
#pragma once

#include "envs/mujoco/mujoco_env.h"
#include "envs/robots/robot_options.h"

namespace seqrl {

// In v4 the last step also earns the healthy reward; in v5 only steps with a healthy robot do.
enum class GymnasiumVersion { v4, v5 };

// The values that Gymnasium fixes per robot (gymnasium/envs/mujoco/NAME_v4.py, NAME_v5.py). Lengths
// in metres, angles in radians, times in seconds.
struct LocomotionDescription {
  const char* name;
  const char* asset;  // of envs/assets, the model
  GymnasiumVersion version = GymnasiumVersion::v5;
  int hidden_positions = 1;        // leading qpos that may be hidden: the distance travelled
  int more_observations = 0;       // after positions and velocities
  double velocity_limit = 0;       // observed velocities are clipped to ± this; 0: not clipped
  bool normal_velocities = false;  // start velocities are normal, not uniform
};

// reward = forward_reward_weight · Δx/dt + healthy_reward − ctrl_cost_weight · Σ action² −
// contact_cost(); x is forward_position(). The healthy reward is that of `WalkingOptions`.
// observation = (qpos without the hidden ones, qvel, more_observations).
// qpos starts within ± reset_noise_scale of the model's; qvel starts with noise of that scale.
class Locomotion : public MujocoEnv {
 protected:
  Locomotion(const LocomotionDescription& description, const LocomotionOptions& options);
  Locomotion(const LocomotionDescription& description, const WalkingOptions& options);

  // Whether the robot is still up.
  virtual bool healthy() const { return true; }

  // The x position, in metres, of which the velocity is rewarded.
  virtual double forward_position() const { return qpos()[0]; }

  virtual double contact_cost() const { return 0; }

  // Writes the last observations (more_observations).
  virtual void observe_more(std::span<double> observation) const;

  StepOutcome evaluate_step(std::span<const double> action) const override;

 private:
  void draw_start(Random& random, std::span<double> qpos, std::span<double> qvel) const final;
  void begin_step() final { start_x_ = forward_position(); }
  void observe(std::span<double> observation) const final;

  LocomotionDescription description_;
  LocomotionOptions options_;
  double healthy_reward_ = 0;
  bool terminates_ = false;
  std::size_t hidden_ = 0;
  double start_x_ = 0;
};

}  // namespace seqrl
