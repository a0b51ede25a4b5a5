// A test that identifies a dataset's environment by simulating some of its steps.
#pragma once

#include <optional>
#include <string>

#include "agents/datasets/trajectories.h"

namespace seqrl {

// The deviation of a built-in environment's steps from the recorded ones: |predicted − recorded
// next observation| / |recorded next observation − observation|, the median of some transitions,
// spread over the data. It is about 0 for the environment's own data, and about 1 or more for other
// data. Nothing if the observations do not contain the whole state of that environment.
std::optional<double> step_deviation(const Trajectories& data, const std::string& env);

// The built-in environment that matches the data's steps, if those of `env` do not; "" otherwise.
// The limits are those of step_deviation(): below 0.1 it is that environment's data, above 0.5 it
// is not.
std::string other_env_by_steps(const Trajectories& data, const std::string& env);

}  // namespace seqrl
