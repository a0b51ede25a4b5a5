// The policies compiled into the library (envs/assets/policies/README.md).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "agents/policies/checkpoint.h"

namespace seqrl {

// Their names: "hopper-expert", "hopper-medium", ….
std::vector<std::string> shipped_policies();

bool is_shipped_policy(std::string_view name);

// The checkpoint of a name: a run's folder, a checkpoint's file or an exported folder
// (find_checkpoint), or a shipped policy. Any other name is an Error of kind user that lists the
// available ones.
CheckpointReader open_checkpoint(const std::string& name,
                                 CheckpointChoice choice = CheckpointChoice::usual);

// The agent of that checkpoint.
TrainedAgent find_agent(const std::string& name, CheckpointChoice choice = CheckpointChoice::usual);

}  // namespace seqrl
