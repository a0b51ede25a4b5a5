// The options of `env: {kind: mjcf}`, an environment that a config describes without code.
#pragma once

#include <optional>
#include <string>

#include "envs/env_options.h"
#include "envs/mjcf/mjcf_description.h"

namespace seqrl {

// What a described environment is called: `name`, or the model's file without its ending.
std::string mjcf_title(const std::string& name, const std::string& model);

// Lengths are in metres, angles in radians, times in seconds, as the model has them.
struct MjcfOptions : EnvOptions, MjcfDescription {
  std::string model;  // path of the MJCF, relative to the working directory
  std::string name;
  std::optional<std::string> fingerprint;  // of the model (envs/mujoco/model_fingerprint.h)
  int frame_skip = 1;                      // MuJoCo's steps to a step
  int max_episode_steps = 1000;

  // Names are looked up in the model while the config is read, unless a fingerprint says that this
  // was done before: a run's config can be read where its model is not.
  void fields(Fields& field);

  std::string title(const std::string& kind) const override;

  bool is_incidental(std::string_view key) const override { return key == "model" && fingerprint; }

  // Fills in the fingerprint; an Error of kind user where the model cannot be read.
  void resolve() override;
};

}  // namespace seqrl
