// Agents and environments as configs name them.
#pragma once

#include <memory>

#include "agents/agent.h"
#include "agents/config.h"

namespace seqrl {

// Makes decision_transformer, behavior_cloning and every registered environment known to configs.
// Call it again after registering environments of your own.
void register_builtin_agents();

// The agent that a config describes, for a problem; without values yet.
std::unique_ptr<Agent> make_agent(const RunConfig& config, Problem problem);

}  // namespace seqrl
