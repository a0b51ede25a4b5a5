// An offline agent learns from recorded experience: it defines its loss on windows of a dataset.
#pragma once

#include "agents/datasets/data_scale.h"
#include "agents/policies/agent.h"
#include "models/nn/layers.h"
#include "models/ops/loss.h"
#include "models/ops/windows.h"
#include "models/training/objective.h"

namespace seqrl {

// OfflineAgent::action_loss() in words, for model cards (AgentKind::loss).
constexpr const char* kImitationLoss =
    "the mean squared error of the actions, scaled to [−1, 1], or the cross entropy of choices";

// The interface that OfflineLearner trains.
class OfflineAgent : public Agent {
 public:
  using Agent::Agent;

  // The number that returns-to-go are divided by in training windows.
  virtual double return_scale() const { return 1; }
  // The scaling of a dataset for the agent.
  DataScale data_scale() const { return {normalization(), action_scale(), return_scale()}; }

  // The size of a window with this context in a training pass.
  virtual SampleSize window_size(std::int64_t context) const { return {.tokens = context}; }

  // The part of a batch's loss that these windows, all of the batch or some, contribute: one
  // element on their tape. `timesteps` is the number of timesteps in the whole batch that are not
  // padding.
  virtual Tensor loss(const Windows& windows, const MeanCount& timesteps) const = 0;

  // The predicted actions for windows, (batch, context, action_width), in (−1, 1) or logits;
  // undefined if it predicts none. Used to measure how many choices are right.
  virtual Tensor predict_actions(const Windows& /*windows*/) const { return {}; }

 protected:
  // The activation of the layer that outputs actions: tanh, or none for logits.
  Activation action_activation() const;
  // The mean squared error of the actions that `head` gives for x or, for choices, their cross
  // entropy.
  Tensor action_loss(const Linear& head, const Tensor& x, const Windows& windows,
                     const MeanCount& timesteps) const;
};

}  // namespace seqrl
