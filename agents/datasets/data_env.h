// The environment of a dataset.
#pragma once

#include <string>

#include "agents/datasets/trajectories.h"
#include "envs/env_options.h"

namespace seqrl {

// The data's statements about its environment.
struct StatedEnv {
  std::string name = {};                         // "hopper", "Hopper-v5"; "" if it states none
  std::string config = {};                       // an EnvConfig in YAML, as seqrl writes it, or ""
  std::string kwargs = {};                       // Gymnasium's options as JSON, or "" for none
  std::string eval_name = {}, eval_kwargs = {};  // those for evaluation, if stated separately
  int limit = 0, eval_limit = 0;                 // steps after which an episode ends, or 0
};

// Fills in a source's `env` and `reference`. The data's statements take precedence; without them,
// the file's or dataset's own name is used: "hopper_medium-v2".
void identify_env(DatasetSource& source, StatedEnv stated, const std::string& name);

// Our name for the environment in a name like "hopper-medium-v2", "Hopper-v5" or
// "maze2d_umaze-v1", or "".
std::string env_of_name(std::string name);

// How `env` differs from the environment stated by the data, or "" if nothing indicates a
// difference. Gymnasium's v2 to v4 are the built-in ones, v5 differs.
std::string env_mismatch(const DatasetSource& source, const EnvSection& env);

// What is uncertain about that, or "": the data states nothing, or names an environment unknown to
// seqrl.
std::string env_note(const DatasetSource& source, const EnvSection& env);

}  // namespace seqrl
