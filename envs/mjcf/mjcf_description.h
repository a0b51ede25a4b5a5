// A description of an environment: a model's start states, observation, reward and termination.
#pragma once

#include <string>
#include <vector>

#include "configs/schema/fields.h"
#include "envs/mjcf/named_values.h"

namespace seqrl {

// Episodes start at the model's initial state or at a keyframe with everything it sets (time,
// activations, controls, mocap bodies), plus noise on positions and velocities.
struct MjcfReset {
  std::string keyframe;
  double position_noise = 0, velocity_noise = 0;
  std::string position_distribution = "uniform", velocity_distribution = "uniform";
  void fields(Fields& field);
};

// The observation: positions, then velocities, then sensors.
struct MjcfObservation {
  bool positions = true, velocities = true;
  int hidden_positions = 0;
  double velocity_limit = 0;
  std::vector<std::string> sensors;
  void fields(Fields& field);
};

// The sum of: weight · (q' − q) / dt over joints, weight · (x' − x) / dt over bodies, alive,
// −control_cost · Σ action², weight · s' and weight · s'² over sensors; ' marks values after the
// step. With alive_while_healthy, the step that terminates the episode earns no `alive`.
struct MjcfReward {
  Weights joint_velocities, body_velocities;
  double alive = 0, control_cost = 0;
  bool alive_while_healthy = false;
  Weights sensors, squared_sensors;
  void fields(Fields& field);
};

// The episode ends when one of these is not strictly between its bounds after a step.
struct MjcfTermination {
  Ranges joint_positions, joint_velocities, body_heights, sensors;
  void fields(Fields& field);
};

// Joints, bodies and sensors have the model's names; NAME.x is a body's axis, NAME.0 a number of a
// sensor that has several.
struct MjcfDescription {
  MjcfReset reset;
  MjcfObservation observation;
  MjcfReward reward;
  MjcfTermination termination;
  void fields(Fields& field);
};

}  // namespace seqrl
