// Scans of all transitions of a dataset. What a prepared one holds already is not scanned for.
#pragma once

#include <cstdint>

#include "agents/datasets/trajectories.h"

namespace seqrl {

// All of what follows.
DatasetScan scan_dataset(const Trajectories& data);

// In how many transitions observation, action and reward are all 0.
std::int64_t zero_rows(const Trajectories& data);

// How many episodes are the same as an earlier one, number for number.
std::int64_t repeated_episodes(const Trajectories& data);

// Of the recorded actions.
ActionRange action_range(const Trajectories& data);

// The largest magnitude of a return-to-go.
float largest_return_to_go(const Trajectories& data);

}  // namespace seqrl
