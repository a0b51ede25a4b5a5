#include "agents/offline/decision_transformer.h"

#include "agents/config/run_config.h"
#include "agents/offline/decision_transformer_device_policy.h"
#include "agents/offline/decision_transformer_policy.h"
#include "agents/offline/decision_transformer_published.h"
#include "models/backbones/registry.h"
#include "models/backbones/transformer.h"

namespace seqrl {
namespace {

std::unique_ptr<Agent> make(const RunConfig& config, const AgentSpec& spec) {
  BackboneSection backbone = config.backbone;
  if (backbone.kind() == "transformer") {
    // Acting continues for longer than a training window: attention sees as far as in training.
    auto& window = backbone.as<TransformerConfig>().window;
    if (!window) window = 3 * spec.context;
  }
  return std::make_unique<DecisionTransformer>(
      spec, config.agent.as<DecisionTransformerConfig>(),
      [&](Module* parent) { return make_backbone(parent, backbone); });
}

}  // namespace

std::unique_ptr<Policy> DecisionTransformer::make_policy(ActMode mode,
                                                         const PackedWeights& weights) const {
  if (mode == ActMode::stream) return std::make_unique<StreamPolicy>(*this, weights);
  return std::make_unique<WindowPolicy>(*this, weights);
}

std::unique_ptr<StochasticPolicy> DecisionTransformer::make_sampling_policy(
    const PackedWeights& weights, std::uint64_t seed, std::uint32_t first) const {
  if (spec().action_choices == 0) return nullptr;
  auto policy = std::make_unique<StreamPolicy>(*this, weights);
  policy->sample_from(seed, first);
  return policy;
}

std::unique_ptr<DevicePolicy> DecisionTransformer::make_device_policy(
    Device device, ActMode mode, std::span<const double> target_returns) const {
  if (mode == ActMode::stream) {
    return std::make_unique<DeviceStreamPolicy>(*this, device, target_returns);
  }
  return std::make_unique<DeviceWindowPolicy>(*this, device, target_returns);
}

void register_decision_transformer() {
  register_agent<DecisionTransformerConfig>(
      "decision_transformer", "actions from returns (arXiv 2106.01345)",
      {.reads_sequences = true,
       .chooses = true,
       .description = "A Decision Transformer (Chen et al., arXiv 2106.01345): given a target "
                      "return, it acts to reach it.",
       .loss = kImitationLoss,
       .published = decision_transformer_published(),
       .make = make});
}

}  // namespace seqrl
