// Settings that commands share which take an agent.
#pragma once

#include <string>
#include <vector>

#include "agents/policies/checkpoint.h"

namespace seqrl::tools {

// Takes checkpoint=best|last out of the settings.
CheckpointChoice take_checkpoint(std::vector<std::string>& settings);

// Lets target=… stand for targets=….
void accept_target(std::vector<std::string>& settings);

}  // namespace seqrl::tools
