// The interface of what learns from recorded experience.
#pragma once

#include "agents/datasets/data_scale.h"
#include "agents/policies/agent.h"
#include "models/ops/loss.h"
#include "models/ops/windows.h"

namespace seqrl {

class OfflineAgent : public Agent {
 public:
  using Agent::Agent;

  // What returns-to-go are divided by in training windows.
  virtual double return_scale() const { return 1; }
  // How it sees a dataset.
  DataScale data_scale() const { return {normalization(), action_scale(), return_scale()}; }

  // The part of a batch's loss that these windows, all of it or some, bring: one element on their
  // tape. `timesteps` is how many of the whole batch's timesteps are no padding.
  virtual Tensor loss(const Windows& windows, const MeanCount& timesteps) const = 0;
};

}  // namespace seqrl
