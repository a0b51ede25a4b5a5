// Notes on oddities of a dataset, one sentence each, for `seqrl info` and a training run.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agents/datasets/trajectories.h"
#include "envs/env.h"

namespace seqrl {

// Its source's notes, and findings from its numbers: episodes without an end, rows of zeros,
// repeated episodes, actions that are all the same; with an environment, episodes that are longer
// than its own and actions outside of its space.
std::vector<std::string> dataset_notes(const Trajectories& data, const Env* env = nullptr);

// A description of the longest episode, if it is longer than an environment's.
std::optional<std::string> overlong_episode(const Trajectories& data, const Env& env);

// The environment of the data, if it is one that needs no options; null otherwise.
std::unique_ptr<Env> env_of_data(const Trajectories& data);

}  // namespace seqrl
