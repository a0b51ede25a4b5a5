// A stochastic policy draws its actions from a distribution, or may be told to.
#pragma once

#include <span>

#include "agents/policies/policy.h"

namespace seqrl {

class StochasticPolicy : public Policy {
 public:
  // The logarithms of the densities, or of choices of the probabilities, of the latest actions,
  // (episodes), in the environment's units; 0 where they were not drawn.
  virtual std::span<const double> log_probabilities() const = 0;
};

}  // namespace seqrl
