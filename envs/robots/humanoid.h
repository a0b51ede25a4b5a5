// A human figure walks, or stands up: Gymnasium's Humanoid-v5 and HumanoidStandup-v5.
#pragma once

#include <memory>

#include "envs/env.h"
#include "envs/robots/robot_options.h"

namespace seqrl {

// The parts of the simulation observed after positions and velocities.
struct HumanoidShown {
  bool include_cinert_in_observation = true;
  bool include_cvel_in_observation = true;
  bool include_qfrc_actuator_in_observation = true;
  bool include_cfrc_ext_in_observation = true;
  void fields(Fields& field);
};

struct HumanoidOptions : WalkingOptions, HumanoidShown {
  double contact_cost_weight = 5e-7;
  Range contact_cost_range{std::nullopt, 10};
  HumanoidOptions();
  void fields(Fields& field);
};

struct HumanoidStandupOptions : RobotOptions, HumanoidShown {
  double uph_cost_weight = 1;
  double ctrl_cost_weight = 0.1;
  double impact_cost_weight = 5e-7;
  Range impact_cost_range{std::nullopt, 10};
  double reset_noise_scale = 0.01;
  bool exclude_current_positions_from_observation = true;
  void fields(Fields& field);
};

// Observations (348): height, orientation (a quaternion), 17 joint angles; linear and angular
// velocity and joint velocities; then for each of 13 bodies mass and inertia about the centre of
// mass (130) and velocity (78), the joints' torques (17), and torque and force of contacts (78).
// Actions (17): torques of abdomen, legs, arms, in [-0.4, 0.4]. Ends when height leaves (1, 2).
// The rewarded velocity is that of the centre of mass. Contacts cost contact_cost_weight times the
// sum of their squared forces, within contact_cost_range.
// Metres, radians and seconds; an action times its gear is a torque in N·m. Reward and start
// states: envs/robots/locomotion.h.  Source: Gymnasium, gymnasium/envs/mujoco/humanoid_v5.py.
std::unique_ptr<Env> make_humanoid_v5(const HumanoidOptions& options);

// The same figure lying on its back, with the same observations and actions.
// reward = height / MuJoCo's timestep − ctrl_cost_weight · Σ action² − impact + 1; impact is
// impact_cost_weight times the sum of squared contact forces, within impact_cost_range. Never
// terminates. As in Gymnasium, uph_cost_weight has no effect.  Source: humanoidstandup_v5.py.
std::unique_ptr<Env> make_humanoid_standup_v5(const HumanoidStandupOptions& options);

}  // namespace seqrl
