// The environment that a dataset says it is of, as a config names it.
#pragma once

#include <optional>
#include <string>

#include "agents/datasets/trajectories.h"
#include "envs/env_options.h"

namespace seqrl {

// What follows from a dataset for a run whose config names no environment.
struct EnvChoice {
  std::optional<EnvSection> env;  // nothing where the data does not say
  std::string reason;             // a line on what it follows from, or why there is none
};

// The environment to evaluate in: `eval_env_spec`'s of a Minari dataset, else the one that the data
// is of, with the options that it was made with; where the data does not say, the one that its
// name begins like. `observation_dim` tells variants of a robot apart; 0 = unknown. An environment
// that is not built in is Gymnasium's, in processes of `python`. An Error of kind user that says
// what to write where that is "", or an option is not ours.
EnvChoice env_of_data(const DatasetSource& source, std::int64_t observation_dim,
                      const std::string& python);

// How data says that its environment was made.
struct MadeWith {
  std::string kwargs = {};  // Gymnasium's options as JSON, "" for none
  int limit = 0;            // of an episode's steps; 0: the environment's own
};

// The section of an environment of ours made with these; nothing where it lacks one of the options,
// which `missing` then names. A limit is passed on where the environment takes one. An Error of
// kind user where a value is none that it takes.
std::optional<EnvSection> section_with(const std::string& kind, const MadeWith& made,
                                       const std::string& origin, std::string* missing = nullptr);

}  // namespace seqrl
