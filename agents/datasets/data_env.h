// The environment that a dataset is from.
#pragma once

#include <string>

#include "agents/datasets/trajectories.h"
#include "envs/env_options.h"

namespace seqrl {

// What data says of its environment.
struct StatedEnv {
  std::string name = {};                         // "hopper", "Hopper-v5"; "" where it says nothing
  std::string config = {};                       // an EnvConfig in YAML, as seqrl writes it, or ""
  std::string kwargs = {};                       // Gymnasium's options as JSON, or "" for none
  std::string eval_name = {}, eval_kwargs = {};  // those to evaluate in, where they are said apart
  int limit = 0, eval_limit = 0;                 // steps after which an episode ends, or 0
};

// Fills in a source's `env` and `reference`. What the data says counts; where it says nothing, the
// file's or dataset's own name does: "hopper_medium-v2".
void identify_env(DatasetSource& source, StatedEnv stated, const std::string& name);

// Our name of the environment in a name like "hopper-medium-v2" or "maze2d_umaze-v1", or "".
std::string env_of_name(std::string name);

// In what way `env` is not the environment that the data says it is of, or "" where nothing speaks
// against it. Gymnasium's v2 to v4 are the built-in ones, v5 differs.
std::string env_mismatch(const DatasetSource& source, const EnvSection& env);

// What is uncertain about that, or "": the data says nothing, or names what seqrl does not know.
std::string env_note(const DatasetSource& source, const EnvSection& env);

}  // namespace seqrl
