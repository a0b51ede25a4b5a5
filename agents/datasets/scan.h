// Scans of all transitions of a dataset. Results stored in a prepared file are not recomputed.
#pragma once

#include <cstdint>

#include "agents/datasets/trajectories.h"

namespace seqrl {

// All of the following.
DatasetScan scan_dataset(const Trajectories& data);

// The number of transitions with observation, action and reward all 0.
std::int64_t zero_rows(const Trajectories& data);

// The number of episodes that equal an earlier one, number for number.
std::int64_t repeated_episodes(const Trajectories& data);

// The range of the recorded actions.
ActionRange action_range(const Trajectories& data);

// The largest magnitude of a return-to-go.
float largest_return_to_go(const Trajectories& data);

}  // namespace seqrl
