// An arm of two joints reaches for a target in the plane: Gymnasium's Reacher-v5.
#pragma once

#include <memory>

#include "envs/env.h"
#include "envs/robots/robot_options.h"

namespace seqrl {

struct ReacherOptions : RobotOptions {
  double reward_dist_weight = 1, reward_control_weight = 1;
  ReacherOptions() {
    frame_skip = 2;
    max_episode_steps = 50;
  }
  void fields(Fields& field);
};

// Observations (10): cosines, then sines of the two joints' angles; the target's x and y; the
// joints' velocities; x and y of fingertip − target. Actions (2): torques of shoulder and elbow, in
// [-1, 1], times a gear of 200 in N·m. Never terminates.
// reward = −reward_dist_weight · |fingertip − target| − reward_control_weight · Σ action².
// Angles start within ±0.1, velocities within ±0.005, the target anywhere within 0.2 of the
// shoulder, all uniform.
// Metres, radians and seconds.  Source: Gymnasium, gymnasium/envs/mujoco/reacher_v5.py.
std::unique_ptr<Env> make_reacher_v5(const ReacherOptions& options);

}  // namespace seqrl
