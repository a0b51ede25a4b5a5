#include "envs/mjcf/mjcf_description.h"

namespace seqrl {

void MjcfReset::fields(Fields& field) {
  field("keyframe", keyframe,
        "start at this keyframe of the model, its controls and activations too; \"\" = its "
        "initial state");
  field("position_noise", position_noise, "added to each joint position: ± this, or its deviation",
        at_least(0));
  field("velocity_noise", velocity_noise, "added to each joint velocity", at_least(0));
  field("position_distribution", position_distribution, "of that noise",
        one_of({"uniform", "normal"}));
  field("velocity_distribution", velocity_distribution, "of that noise",
        one_of({"uniform", "normal"}));
}

void MjcfObservation::fields(Fields& field) {
  field("positions", positions, "show joint positions");
  field("hidden_positions", hidden_positions,
        "of these, the first that are not shown: how far it has come", at_least(0));
  field("velocities", velocities, "show joint velocities");
  field("velocity_limit", velocity_limit, "clip them to ± this; 0 = not at all", at_least(0));
  field("sensors", sensors, "sensors of the model, shown after them");
}

void MjcfReward::fields(Fields& field) {
  field("joint_velocities", joint_velocities,
        "weights of hinges' and slides' mean velocities over a step, as in {root_x: 1}");
  field("body_velocities", body_velocities,
        "weights of bodies' mean velocities along an axis of the world, as in {torso.x: 1}");
  field("alive", alive, "for every step, the last one included");
  field("alive_while_healthy", alive_while_healthy,
        "leave `alive` out of the step that terminates, as Gymnasium's v5 does");
  field("control_cost", control_cost, "subtracted times the sum of squared actions");
  field("sensors", sensors,
        "weights of sensors, as in {touch: -0.1}; {gyro.0: 1} of several numbers");
  field("squared_sensors", squared_sensors, "weights of their squares");
}

void MjcfTermination::fields(Fields& field) {
  field("joint_positions", joint_positions,
        "the episode goes on between these bounds, as in {root_z: [0.7, null]}");
  field("joint_velocities", joint_velocities, "the same of velocities");
  field("body_heights", body_heights, "the same of bodies' z, as in {torso: [0.2, 1]}");
  field("sensors", sensors, "the same of sensors");
}

void MjcfDescription::fields(Fields& field) {
  field("reset", reset, "where episodes start");
  field("observation", observation, "what is seen: positions, velocities, sensors");
  field("reward", reward, "a sum of weighted terms");
  field("termination", termination, "what ends an episode before its time");
}

}  // namespace seqrl
