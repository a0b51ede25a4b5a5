// The options of `env: {kind: mjcf}`, an environment that a config describes without code.
#pragma once

#include <optional>
#include <string>

#include "envs/env_options.h"
#include "envs/mjcf/mjcf_description.h"

namespace seqrl {

// The name of a described environment: `name`, or the model's file name without its extension.
std::string mjcf_title(const std::string& name, const std::string& model);

// Lengths are in metres, angles in radians, times in seconds, as in the model.
struct MjcfOptions : EnvOptions, MjcfDescription {
  std::string model;  // path of the MJCF, relative to the working directory
  std::string name;
  std::optional<std::string> fingerprint;  // of the model (envs/mujoco/model_fingerprint.h)
  int frame_skip = 1;                      // MuJoCo steps per step
  int max_episode_steps = 1000;

  // Names are looked up in the model while the config is read, unless a fingerprint shows that this
  // was done before: a run's config can be read without its model.
  void fields(Fields& field);

  std::string title(const std::string& kind) const override;

  bool is_incidental(std::string_view key) const override { return key == "model" && fingerprint; }

  // Fills in the fingerprint. An Error of kind user if the model cannot be read.
  void resolve() override;
};

}  // namespace seqrl
