#include "envs/mjcf/mjcf_description.h"

namespace seqrl {

void MjcfReset::fields(Fields& field) {
  field("keyframe", keyframe,
        "keyframe of the model to start at, including its controls and activations; \"\" = the "
        "initial state");
  field("position_noise", position_noise,
        "noise added to each joint position: ± this value, or its standard deviation if normal",
        at_least(0));
  field("velocity_noise", velocity_noise, "noise added to each joint velocity, likewise",
        at_least(0));
  field("position_distribution", position_distribution, "distribution of the position noise",
        one_of({"uniform", "normal"}));
  field("velocity_distribution", velocity_distribution, "distribution of the velocity noise",
        one_of({"uniform", "normal"}));
}

void MjcfObservation::fields(Fields& field) {
  field("positions", positions, "include joint positions");
  field("hidden_positions", hidden_positions,
        "number of leading positions to leave out, such as the distance travelled", at_least(0));
  field("velocities", velocities, "include joint velocities");
  field("velocity_limit", velocity_limit, "clip velocities to ± this value; 0 = no clipping",
        at_least(0));
  field("sensors", sensors, "sensors of the model to append");
}

void MjcfReward::fields(Fields& field) {
  field("joint_velocities", joint_velocities,
        "weights of the mean velocities of hinges and slides over a step, such as {root_x: 1}");
  field("body_velocities", body_velocities,
        "weights of the mean velocities of bodies along a world axis, such as {torso.x: 1}");
  field("alive", alive, "reward of every step, including the last");
  field("alive_while_healthy", alive_while_healthy,
        "omit `alive` in the step that terminates, as Gymnasium v5 does");
  field("control_cost", control_cost, "weight of the sum of squared actions, subtracted");
  field("sensors", sensors,
        "weights of sensors, such as {touch: -0.1}, or {gyro.0: 1} for one component");
  field("squared_sensors", squared_sensors, "weights of squared sensor values");
}

void MjcfTermination::fields(Fields& field) {
  field("joint_positions", joint_positions,
        "bounds of joint positions, outside which the episode ends, such as {root_z: [0.7, null]}");
  field("joint_velocities", joint_velocities, "bounds of joint velocities");
  field("body_heights", body_heights,
        "bounds of the z coordinates of bodies, such as {torso: [0.2, 1]}");
  field("sensors", sensors, "bounds of sensor values");
}

void MjcfDescription::fields(Fields& field) {
  field("reset", reset, "start states of episodes");
  field("observation", observation, "observations: positions, velocities, sensors");
  field("reward", reward, "reward: a sum of weighted terms");
  field("termination", termination, "conditions that end an episode early");
}

}  // namespace seqrl
