// A run that begins with the weights of another: init_from.
#pragma once

#include "agents/config/run_config.h"
#include "agents/policies/agent.h"
#include "models/nn/parameter_block.h"

namespace seqrl {

// The spec of a run that begins with another's weights: with that one's normalisation, unless it is
// to be fitted to this run's data, and with embeddings for as many timesteps. As it is where
// config.init_from is empty. An Error of kind user where that agent is of another kind, or observes
// or does other things.
AgentSpec spec_with_init(const RunConfig& config, AgentSpec spec);

// Reads the weights of config.init_from. An Error of kind user names a parameter that is not there
// or has another shape. Nothing where a run goes on: its own checkpoint has what it needs.
void read_init_weights(const RunConfig& config, const ParameterBlock& block);

}  // namespace seqrl
