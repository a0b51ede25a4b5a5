// A stochastic policy samples its actions from a distribution, always or on request.
#pragma once

#include <span>

#include "agents/policies/policy.h"

namespace seqrl {

class StochasticPolicy : public Policy {
 public:
  // The log densities (for choices, log probabilities) of the latest actions, (episodes), in the
  // environment's units; 0 for actions that were not sampled.
  virtual std::span<const double> log_probabilities() const = 0;
};

}  // namespace seqrl
