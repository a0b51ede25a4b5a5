// Notes on what is odd about a dataset, a sentence each, for `seqrl info` and a training run.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agents/datasets/trajectories.h"
#include "envs/env.h"

namespace seqrl {

// Its source's notes, and what its numbers show: episodes without an end, rows of zeros, episodes
// that occur twice, actions that are all the same; with an environment, episodes that are longer
// than its own and actions outside of its space.
std::vector<std::string> dataset_notes(const Trajectories& data, const Env* env = nullptr);

// The first episode that is longer than an environment's, in words, if there is one.
std::optional<std::string> overlong_episode(const Trajectories& data, const Env& env);

// The environment that the data is of, where it is one that needs no options; null otherwise.
std::unique_ptr<Env> env_of_data(const Trajectories& data);

}  // namespace seqrl
