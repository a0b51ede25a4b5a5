// Behaviour cloning: a perceptron from observation to action, the baseline.
#pragma once

#include <memory>
#include <vector>

#include "agents/config/agent_kind.h"
#include "agents/offline/offline_agent.h"
#include "models/nn/layers.h"

namespace seqrl {

struct BehaviorCloningConfig : AgentConfig {
  std::int64_t dim = 256;   // width of the hidden layers
  std::int64_t layers = 2;  // hidden layers
  void fields(Fields& field);
};

// Hidden layers with ReLU. For boxes, tanh at the end and the mean squared error of the actions;
// for choices, logits and their cross entropy; both over timesteps that are not padding. Timesteps
// are independent: both modes act the same.
class BehaviorCloning : public OfflineAgent {
 public:
  BehaviorCloning(AgentSpec spec, const BehaviorCloningConfig& config);

  Tensor loss(const Windows& windows, const MeanCount& timesteps) const override;
  Tensor predict_actions(const Windows& windows) const override;
  std::unique_ptr<Policy> make_policy(ActMode mode, const PackedWeights& weights) const override;
  std::unique_ptr<StochasticPolicy> make_sampling_policy(const PackedWeights& weights,
                                                         std::uint64_t seed,
                                                         std::uint32_t first) const override;
  bool acts_on_devices() const override { return true; }
  std::unique_ptr<DevicePolicy> make_device_policy(
      Device device, ActMode mode, std::span<const double> target_returns) const override;
  bool write_step(StepGraph& graph) const override;

  // observations (..., observation_dim), normalised → (..., action_width): in (−1, 1), or logits.
  Tensor predict(const Tensor& observations) const;

 private:
  // The input of the last layer.
  Tensor hidden(const Tensor& observations) const;

  std::vector<std::unique_ptr<Linear>> layers_;
};

// Its entry in the table of agents.
void register_behavior_cloning();

}  // namespace seqrl
