// The policies that are compiled into the library (envs/assets/policies/README.md).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agents/checkpoint.h"

namespace seqrl {

// Their names: "hopper-expert", "hopper-medium", ….
std::vector<std::string> shipped_policies();

// The one of that name, if there is one.
std::optional<TrainedAgent> load_shipped_policy(std::string_view name);

// The agent of a run (its last checkpoint), of a checkpoint, or a shipped one by its name. What is
// none of these is an Error of kind user that says what there is.
TrainedAgent find_agent(const std::string& run_or_checkpoint_or_name);

}  // namespace seqrl
