// Agents as configs name them.
#pragma once

#include <memory>

#include "agents/config/run_config.h"
#include "agents/learning/learner.h"
#include "agents/policies/agent.h"
#include "configs/base/thread_pool.h"

namespace seqrl {

// Makes decision_transformer, behavior_cloning and sac known to configs. Calling it again is
// harmless.
void register_builtin_agents();

// The agent that a config describes, for a spec; without values yet.
std::unique_ptr<Agent> make_agent(const RunConfig& config, AgentSpec spec);

// What trains it, with its data loaded. `pool` must outlive it.
std::unique_ptr<Learner> make_learner(const RunConfig& config, ThreadPool& pool);

}  // namespace seqrl
