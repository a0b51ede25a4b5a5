// The environment of a run whose config leaves it to the data.
#pragma once

#include <string>
#include <vector>

#include "agents/config/run_config.h"
#include "agents/datasets/trajectories.h"

namespace seqrl {

// Where env is `data`, puts the environment that the dataset says it is of in its place
// (agents/datasets/env_choice.h), or none, and adds a line to `notes` that says which and why.
// Reads the dataset's header only. Names the run after a dataset that has an identifier, too. A
// config is left as it is where its dataset is not there. Call it before RunConfig::resolve().
// Errors are those of reading the header, and of an environment that is not ours.
void choose_env(RunConfig& config, std::vector<std::string>& notes);

// The same, of data that a program brings.
void choose_env(RunConfig& config, const Trajectories& data, std::vector<std::string>& notes);

}  // namespace seqrl
