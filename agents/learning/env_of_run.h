// The environment of a run with env: data.
#pragma once

#include <string>
#include <vector>

#include "agents/config/run_config.h"
#include "agents/datasets/trajectories.h"

namespace seqrl {

// If env is `data`, replaces it by the environment that the dataset names
// (agents/datasets/env_choice.h), or none, and adds a line to `notes` with the choice and the
// reason. Reads only the dataset's header. Also names the run after a dataset that has an
// identifier. Leaves the config unchanged if its dataset does not exist. Call it before
// RunConfig::resolve(). Errors are those of reading the header, and of an unknown environment.
void choose_env(RunConfig& config, std::vector<std::string>& notes);

// The same, for data that a program provides.
void choose_env(RunConfig& config, const Trajectories& data, std::vector<std::string>& notes);

}  // namespace seqrl
