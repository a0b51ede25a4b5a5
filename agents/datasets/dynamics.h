// A test of which environment a dataset is from, by simulating some of its steps.
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

// The built-in environment whose steps the data follows, where it does not follow those of `env`;
// "" otherwise. The limits are those of step_deviation(): below 0.1 it is that environment's data,
// above 0.5 it is not.
std::string other_env_by_steps(const Trajectories& data, const std::string& env);

}  // namespace seqrl
