// The network of the Decision Transformer, over any backbone.
// Source: Chen et al., "Decision Transformer", arXiv 2106.01345.
#pragma once

#include <functional>
#include <memory>

#include "agents/config/agent_kind.h"
#include "agents/offline/offline_agent.h"
#include "models/backbones/backbone.h"
#include "models/nn/layers.h"

namespace seqrl {

struct DecisionTransformerConfig : AgentConfig {
  double return_scale = 1000;  // returns-to-go are divided by it
  void fields(Fields& field);
};

// Three tokens per timestep, in this order: return-to-go, observation, action. Each is a linear
// embedding plus the learned embedding of its timestep, followed by layer norm, dropout and the
// backbone. The action is read from the observation's token, through a linear layer and tanh; for
// choices, logits without tanh. The loss is the mean squared error of the actions, or the cross
// entropy of the choices, over timesteps that are not padding.
class DecisionTransformerNetwork : public OfflineAgent {
 public:
  // Creates the backbone as a child of the given module.
  using BackboneFactory = std::function<std::unique_ptr<Backbone>(Module* parent)>;

  DecisionTransformerNetwork(AgentSpec spec, const DecisionTransformerConfig& config,
                             const BackboneFactory& make_backbone);

  bool uses_targets() const override { return true; }
  bool has_memory() const override { return true; }
  double return_scale() const override { return return_scale_; }
  SampleSize window_size(std::int64_t context) const override {
    return {.tokens = 3 * context, .at_once = backbone_->sequences_at_once()};
  }
  Tensor loss(const Windows& windows, const MeanCount& timesteps) const override;
  Tensor predict_actions(const Windows& windows) const override;
  bool write_step(StepGraph& graph) const override;

  const Backbone& backbone() const { return *backbone_; }

  // Actions for whole sequences: returns_to_go (batch, time, 1), observations, previous actions
  // (batch, time, …), timesteps (batch, time) int32 → (batch, time, action_width) in (−1, 1), or
  // logits.
  Tensor predict(const Tensor& returns_to_go, const Tensor& observations, const Tensor& actions,
                 const Tensor& timesteps) const;

  // The same for the last timestep only: (batch, 1, action_width).
  Tensor predict_last(const Tensor& returns_to_go, const Tensor& observations,
                      const Tensor& actions, const Tensor& timesteps) const;

  // The same for some tokens only, int32 (n) as numbered by observation_token(): (n, action_width).
  Tensor predict_at(const Tensor& rows, const Tensor& returns_to_go, const Tensor& observations,
                    const Tensor& actions, const Tensor& timesteps) const;

  // The index of a timestep's observation token, from which its action is read; both count over all
  // sequences.
  static constexpr std::int32_t observation_token(std::int32_t timestep) {
    return 3 * timestep + 1;
  }

  // The action after the latest timestep, continuing from `state`. `previous_action`, undefined at
  // an episode's first timestep, (batch, 1, action_width); return_to_go (batch, 1, 1); observation
  // (batch, 1, observation_dim); the timesteps of these tokens, (batch, 3) int32, or (batch, 2) at
  // the first → (batch, 1, action_width).
  Tensor predict_next(const Tensor& previous_action, const Tensor& return_to_go,
                      const Tensor& observation, const Tensor& timesteps, State& state) const;

  // Rejects timesteps without an embedding.
  void require_known(std::int64_t timestep) const;

 private:
  // Three tokens for each timestep, (batch, 3 · time, dim).
  Tensor embed(const Tensor& returns_to_go, const Tensor& observations, const Tensor& actions,
               const Tensor& timesteps) const;
  // The tokens from which the actions of all timesteps are read, (batch, time, dim).
  Tensor read(const Tensor& returns_to_go, const Tensor& observations, const Tensor& actions,
              const Tensor& timesteps) const;

  double return_scale_;
  std::unique_ptr<Backbone> backbone_;
  Linear embed_return_, embed_observation_, embed_action_;
  Parameter embed_timestep_;  // (max_episode_steps, dim)
  LayerNorm embed_norm_;
  Linear action_head_;
};

}  // namespace seqrl
