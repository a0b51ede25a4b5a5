// A stochastic policy draws its actions from a distribution.
#pragma once

#include <span>

#include "agents/policies/policy.h"

namespace seqrl {

class StochasticPolicy : public Policy {
 public:
  // The logarithms of the densities of the latest actions, (episodes), in the environment's units.
  virtual std::span<const double> log_probabilities() const = 0;
};

}  // namespace seqrl
