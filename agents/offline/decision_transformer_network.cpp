#include "agents/offline/decision_transformer_network.h"

#include <utility>

#include "agents/policies/step_graph.h"
#include "models/ops/dropped_norm.h"
#include "models/ops/elementwise.h"
#include "models/ops/loss.h"
#include "models/ops/token_embedding.h"
#include "models/ops/tokens.h"

namespace seqrl {

void DecisionTransformerConfig::fields(Fields& field) {
  AgentConfig::fields(field);
  field("return_scale", return_scale, "divisor of returns-to-go", positive());
}

DecisionTransformerNetwork::DecisionTransformerNetwork(AgentSpec spec,
                                                       const DecisionTransformerConfig& config,
                                                       const BackboneFactory& make_backbone)
    : OfflineAgent(std::move(spec)),
      return_scale_(config.return_scale),
      backbone_(make_backbone(this)),
      embed_return_(this, "embed_return", 1, backbone_->dim()),
      embed_observation_(this, "embed_observation", this->spec().observation_dim, backbone_->dim()),
      embed_action_(this, "embed_action", this->spec().action_width(), backbone_->dim()),
      embed_timestep_(this, "embed_timestep", {this->spec().max_episode_steps, backbone_->dim()},
                      init::normal(0.02), Decay::no),
      embed_norm_(this, "embed_norm", backbone_->dim()),
      action_head_(this, "action_head", backbone_->dim(), this->spec().action_width(),
                   action_activation()) {}

Tensor DecisionTransformerNetwork::embed(const Tensor& returns_to_go, const Tensor& observations,
                                         const Tensor& actions, const Tensor& timesteps) const {
  const auto part = [](const Tensor& x, const Linear& layer) {
    return TokenPart{x, layer.weight, layer.bias};
  };
  const Tensor tokens =
      embed_tokens({part(returns_to_go, embed_return_), part(observations, embed_observation_),
                    part(actions, embed_action_)},
                   embed_timestep_, timesteps);
  return dropped_norm(tokens, embed_norm_.weight, embed_norm_.bias, spec().dropout);
}

Tensor DecisionTransformerNetwork::read(const Tensor& returns_to_go, const Tensor& observations,
                                        const Tensor& actions, const Tensor& timesteps) const {
  const Tensor x = embed(returns_to_go, observations, actions, timesteps);
  return backbone_->forward_strided(3, 1, x);
}

Tensor DecisionTransformerNetwork::predict(const Tensor& returns_to_go, const Tensor& observations,
                                           const Tensor& actions, const Tensor& timesteps) const {
  return action_head_(read(returns_to_go, observations, actions, timesteps));
}

Tensor DecisionTransformerNetwork::predict_last(const Tensor& returns_to_go,
                                                const Tensor& observations, const Tensor& actions,
                                                const Tensor& timesteps) const {
  const Tensor x = embed(returns_to_go, observations, actions, timesteps);
  return action_head_(backbone_->forward_strided(x.dim(1), x.dim(1) - 2, x));
}

Tensor DecisionTransformerNetwork::predict_at(const Tensor& rows, const Tensor& returns_to_go,
                                              const Tensor& observations, const Tensor& actions,
                                              const Tensor& timesteps) const {
  return action_head_(
      backbone_->forward_at(rows, embed(returns_to_go, observations, actions, timesteps)));
}

Tensor DecisionTransformerNetwork::predict_next(const Tensor& previous_action,
                                                const Tensor& return_to_go,
                                                const Tensor& observation, const Tensor& timesteps,
                                                State& state) const {
  const Tensor target = embed_return_(return_to_go), seen = embed_observation_(observation);
  const Tensor parts = previous_action.defined()
                           ? interleave({embed_action_(previous_action), target, seen}, {})
                           : interleave({target, seen}, {});
  const Tensor tokens = embed_norm_(add(parts, embedding(embed_timestep_, timesteps)));
  const std::int64_t count = tokens.dim(1);
  return action_head_(backbone_->forward_strided(count, count - 1, tokens, &state));
}

// As predict_next() in a stream: the previous action, if there is one, the return, the observation.
bool DecisionTransformerNetwork::write_step(StepGraph& graph) const {
  if (!graph.has_backbone()) return false;
  using Value = StepGraph::Value;
  const Value observation = graph.observation(StepGraph::Scale::normalized);
  const Value target = graph.return_to_go(return_scale_);
  const Value action = graph.previous_action();
  const Value now = graph.timestep(), before = graph.timestep_before();
  const auto token = [&](const Linear& embed, const Value& x, const Value& timestep) {
    const Value time = graph.embedding(embed_timestep_, timestep);
    return graph.layer_norm(graph.add(graph.linear(x, embed), time), embed_norm_);
  };
  graph.advance_backbone(token(embed_action_, action, before));
  graph.restart_backbone();
  graph.advance_backbone(token(embed_return_, target, now));
  graph.action(
      graph.linear(graph.backbone(token(embed_observation_, observation, now)), action_head_));
  return true;
}

void DecisionTransformerNetwork::require_known(std::int64_t timestep) const {
  SEQRL_REQUIRE(timestep < spec().max_episode_steps,
                "an episode reached step {}, but the agent supports only timesteps below {}, the "
                "longest episode of its environment and dataset",
                timestep, spec().max_episode_steps);
}

Tensor DecisionTransformerNetwork::loss(const Windows& windows, const MeanCount& timesteps) const {
  const Tensor x =
      read(windows.returns_to_go, windows.observations, windows.actions, windows.timesteps);
  return action_loss(action_head_, x, windows, timesteps);
}

Tensor DecisionTransformerNetwork::predict_actions(const Windows& windows) const {
  return predict(windows.returns_to_go, windows.observations, windows.actions, windows.timesteps);
}

}  // namespace seqrl
