// The arrays that a reader's child process leaves in shared memory.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "agents/datasets/isolate.h"
#include "agents/datasets/trajectories.h"

namespace seqrl {

// The observations, actions, rewards and next observations of the child's `result`, which has their
// places under these names and `observation_dim` and `action_dim`; arrays without a place are
// empty. Returns-to-go get space for `rows`.
TransitionArrays take_arrays(SharedMemory& memory, const nlohmann::json& result, std::size_t rows);

}  // namespace seqrl
