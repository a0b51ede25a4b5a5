// Telling by what happens in it which environment data is of.
#pragma once

#include <optional>
#include <string>

#include "agents/datasets/trajectories.h"

namespace seqrl {

// How far a built-in environment's steps lead from the recorded ones: |predicted − recorded next
// observation| / |recorded next observation − observation|, the median of some transitions, spread
// over the data. The environment's own data has about 0, other data about 1 or more. Nothing where
// the observations do not hold the whole state of that environment.
std::optional<double> step_deviation(const Trajectories& data, const std::string& env);

// The built-in environment that the data is clearly of, where it clearly is not of `env`; "" else.
std::string other_env_by_steps(const Trajectories& data, const std::string& env);

}  // namespace seqrl
