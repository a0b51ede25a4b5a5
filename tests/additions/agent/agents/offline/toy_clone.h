// Linear behaviour cloning: actions are a linear map of observations.
#pragma once

#include <memory>

#include "agents/config/agent_kind.h"
#include "agents/offline/offline_agent.h"
#include "models/nn/layers.h"

namespace seqrl {

struct ToyCloneConfig : AgentConfig {
  void fields(Fields& field) { AgentConfig::fields(field); }
};

// tanh(W x + b); the loss is the mean squared error of the actions over timesteps without padding.
class ToyClone : public OfflineAgent {
 public:
  explicit ToyClone(AgentSpec spec);

  Tensor loss(const Windows& windows, const MeanCount& timesteps) const override;
  std::unique_ptr<Policy> make_policy(ActMode mode, const PackedWeights& weights) const override;

  bool write_step(StepGraph& graph) const override;

  // observations (..., observation_dim), normalised → (..., action_dim) in (−1, 1).
  Tensor predict(const Tensor& observations) const { return head_(observations); }

 private:
  Linear head_;
};

// Its entries in the agent and learner tables.
void register_toy_clone();

}  // namespace seqrl
