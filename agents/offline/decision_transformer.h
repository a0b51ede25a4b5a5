// The Decision Transformer, an agent that acts to reach a given return. Source: Chen et al.,
// "Decision Transformer", arXiv 2106.01345.
#pragma once

#include "agents/offline/decision_transformer_network.h"

namespace seqrl {

// Acts to reach a requested return: each action is predicted from the remaining return, and the
// observations and actions so far.
class DecisionTransformer : public DecisionTransformerNetwork {
 public:
  using DecisionTransformerNetwork::DecisionTransformerNetwork;

  std::unique_ptr<Policy> make_policy(ActMode mode, const PackedWeights& weights) const override;
  std::unique_ptr<StochasticPolicy> make_sampling_policy(const PackedWeights& weights,
                                                         std::uint64_t seed,
                                                         std::uint32_t first) const override;
  bool acts_on_devices() const override { return true; }
  std::unique_ptr<DevicePolicy> make_device_policy(
      Device device, ActMode mode, std::span<const double> target_returns) const override;
};

// Its entry in the table of agents.
void register_decision_transformer();

}  // namespace seqrl
