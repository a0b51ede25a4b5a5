// The policies that are compiled into the library (envs/assets/policies/README.md).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "agents/policies/checkpoint.h"

namespace seqrl {

// Their names: "hopper-expert", "hopper-medium", ….
std::vector<std::string> shipped_policies();

bool is_shipped_policy(std::string_view name);

// The checkpoint that a name stands for: a run's folder, a checkpoint's file or an exported folder
// (find_checkpoint), or a shipped policy. What is none of these is an Error of kind user that says
// what there is.
CheckpointReader open_checkpoint(const std::string& name,
                                 CheckpointChoice choice = CheckpointChoice::usual);

// Its agent.
TrainedAgent find_agent(const std::string& name, CheckpointChoice choice = CheckpointChoice::usual);

}  // namespace seqrl
