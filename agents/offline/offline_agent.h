// The interface of what learns from recorded experience.
#pragma once

#include "agents/agent.h"
#include "agents/datasets/windows.h"
#include "models/core/tape.h"
#include "models/training/trainer.h"

namespace seqrl {

class OfflineAgent : public Agent {
 public:
  using Agent::Agent;

  // What returns-to-go are divided by in training windows.
  virtual double return_scale() const { return 1; }

  // A shard's part of the batch's loss, one element on `tape`. `timesteps` is how many of the whole
  // batch's timesteps are no padding.
  virtual Tensor loss(Tape& tape, const Batch& batch, const Shard& shard,
                      double timesteps) const = 0;
};

}  // namespace seqrl
