#include "envs/mjcf/mjcf_options.h"

#include <algorithm>
#include <filesystem>

#include "configs/base/error.h"
#include "configs/base/printable.h"
#include "envs/mjcf/mjcf_plan.h"

namespace seqrl {
namespace {

constexpr int kMostSteps = 1 << 24;

bool is_title(const std::string& name) {
  return std::ranges::all_of(name, [](unsigned char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
  });
}

}  // namespace

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

void MjcfOptions::fields(Fields& field) {
  EnvOptions::fields(field);
  field("model", model, "path of the MJCF file, relative to the working directory", required(),
        not_empty(), file_path());
  field("name", name, "what results call the environment; \"\" = the model's file",
        string_that("of letters, digits, _ and -", is_title));
  field("fingerprint", fingerprint,
        "of the model's physics; a run notes it and refuses others; null = take what is there");
  field("frame_skip", frame_skip, "MuJoCo's steps to a step", in_range(1, 10000));
  field("max_episode_steps", max_episode_steps, "the time limit", in_range(1, kMostSteps));
  field("reset", reset, "where episodes start");
  field("observation", observation, "what is seen: positions, velocities, sensors");
  field("reward", reward, "a sum of weighted terms");
  field("termination", termination, "what ends an episode before its time");
  field.inspect([this]() -> std::optional<Fields::Fault> {
    if (fingerprint) return std::nullopt;
    try {
      return MjcfPlan::make(*this, MujocoModel::load(model)).fault;
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::user) throw;
      return Fields::Fault{{"model"}, error.what()};
    }
  });
}

std::string mjcf_title(const std::string& name, const std::string& model) {
  return printable(name.empty() ? std::filesystem::path(model).stem().string() : name);
}

std::string MjcfOptions::title(const std::string&) const {
  return mjcf_title(name, model);
}

void MjcfOptions::resolve() {
  if (!fingerprint) fingerprint = MujocoModel::load(model)->fingerprint();
}

}  // namespace seqrl
