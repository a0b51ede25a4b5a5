// The environment stated by a dataset, as a config names it.
#pragma once

#include <optional>
#include <string>

#include "agents/datasets/trajectories.h"
#include "envs/env_options.h"

namespace seqrl {

// The result for a run with a config that names no environment.
struct EnvChoice {
  std::optional<EnvSection> env;  // nothing if the data does not state one
  std::string reason;             // a line that says why this one, or why none
};

// The environment for evaluation: `eval_env_spec`'s of a Minari dataset, else the one that the data
// states, with the options with which it was created; without a statement, the one with which the
// data's name begins. `observation_dim` distinguishes variants of a robot; 0 = unknown. An
// environment that is not built in is a Gymnasium one, in processes of `python`. If `python` is "",
// or an option is unknown, an Error of kind user says what to write.
EnvChoice env_of_data(const DatasetSource& source, std::int64_t observation_dim,
                      const std::string& python);

// How the data's environment was created.
struct MadeWith {
  std::string kwargs = {};  // Gymnasium's options as JSON, "" for none
  int limit = 0;            // steps per episode; 0: the environment's own limit
};

// The section of a built-in environment created with these; nothing if it lacks one of the options,
// which `missing` then names. A limit is passed on if the environment has that option. An Error of
// kind user if it does not accept a value.
std::optional<EnvSection> section_with(const std::string& kind, const MadeWith& made,
                                       const std::string& origin, std::string* missing = nullptr);

}  // namespace seqrl
