// Starting a run with the weights of another: init_from.
#pragma once

#include "agents/config/run_config.h"
#include "agents/policies/agent.h"
#include "models/nn/parameter_block.h"

namespace seqrl {

// The spec of a run that starts with another's weights: with that one's normalisation, unless it is
// to be fitted to this run's data, and with embeddings for as many timesteps. Unchanged if
// config.init_from is empty. An Error of kind user if that agent is of another kind, or has other
// observations or actions.
AgentSpec spec_with_init(const RunConfig& config, AgentSpec spec);

// Reads the weights of config.init_from. An Error of kind user names a parameter that is missing or
// has another shape. Does nothing when a run resumes: its own checkpoint has all weights.
void read_init_weights(const RunConfig& config, const ParameterBlock& block);

}  // namespace seqrl
