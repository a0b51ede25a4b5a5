// SAC's actor is a perceptron that outputs the mean and the deviation of a squashed Gaussian.
// Source: Haarnoja et al., "Soft Actor-Critic Algorithms and Applications", arXiv 1812.05905.
#pragma once

#include <memory>

#include "agents/policies/agent.h"
#include "agents/policies/stochastic_policy.h"
#include "models/nn/perceptron.h"

namespace seqrl {

// The policy of make_policy() is deterministic: the tanh of the mean.
class GaussianActor : public Agent {
 public:
  GaussianActor(AgentSpec spec, std::int64_t dim, std::int64_t layers);

  // observations (rows, observation_dim) → (rows, 2 · action_dim): means, log deviations
  // (models/ops/gaussian.h).
  Tensor distribution(const Tensor& observations) const { return network_(observations); }

  std::unique_ptr<Policy> make_policy(ActMode mode, const PackedWeights& weights) const override;

  // Samples from the distribution.
  std::unique_ptr<StochasticPolicy> make_sampling_policy(const PackedWeights& weights,
                                                         std::uint64_t seed,
                                                         std::uint32_t first) const override;
  bool write_step(StepGraph& graph) const override;

 private:
  Perceptron network_;
};

// Soft Actor-Critic's entry in the table of agents.
void register_sac();

}  // namespace seqrl
