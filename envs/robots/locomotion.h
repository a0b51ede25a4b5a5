// The base of the walking robots: Gymnasium's v4 rewards, start states and observations.
#pragma once

#include "envs/mujoco/mujoco_env.h"

namespace seqrl {

// Every number that Gymnasium v4 fixes for one robot (gymnasium/envs/mujoco/NAME_v4.py). Lengths in
// metres, angles in radians, times in seconds.
struct LocomotionDescription {
  MujocoDescription mujoco;
  double healthy_reward = 0;       // each step, the last one included
  double control_cost = 0;         // times Σ action²
  int hidden_positions = 1;        // leading qpos that are not observed: how far it has come
  double velocity_limit = 0;       // observed velocities are clipped to ± this; 0: not at all
  double position_noise = 0;       // qpos starts within ± this of the model's, uniform
  double velocity_noise = 0;       // qvel starts at noise of this scale
  bool normal_velocities = false;  // that noise is normal, not uniform
};

// reward = Δx/dt + healthy_reward − control_cost · Σ action²; x is the root's position.
// observation = (qpos without the hidden ones, qvel), then zeros to observation_dim.
class Locomotion : public MujocoEnv {
 protected:
  explicit Locomotion(const LocomotionDescription& description);

  // Whether the robot is still up; the episode terminates when it is not.
  virtual bool healthy() const { return true; }

  // The x, in metres, whose velocity is rewarded.
  virtual double forward_position() const { return qpos()[0]; }

 private:
  void draw_start(Random& random, std::span<double> qpos, std::span<double> qvel) const final;
  void begin_step() final { start_x_ = forward_position(); }
  StepOutcome evaluate_step(std::span<const double> action) const final;
  void observe(std::span<double> observation) const final;

  LocomotionDescription description_;
  double start_x_ = 0;
};

}  // namespace seqrl
