// An objective: the loss that a training step minimises.
#pragma once

#include <cstdint>
#include <span>

#include "models/core/tape.h"

namespace seqrl {

// A part of the batch, a whole shard or a part of one: samples [first, last).
struct Shard {
  int index;
  std::int64_t first, last;
  std::int64_t size() const { return last - first; }
};

// The size of a sample, from which the size of a pass is chosen.
struct SampleSize {
  std::int64_t tokens = 0;   // read by a backbone per sample, about; 0 if not known
  std::int64_t at_once = 1;  // samples that a pass should have (Backbone::sequences_at_once)
};

// A loss that is a sum over the shards of a batch.
class Objective {
 public:
  virtual ~Objective() = default;

  // On a device: the parts of a batch that loss() will be called for, in order. Called once, before
  // the first begin_step(); without it, the only part is the whole batch.
  virtual void set_parts(std::span<const Shard>) {}

  // Prepares the batch of step number `step` (0, 1, …); called once, before loss().
  virtual void begin_step(std::int64_t step) = 0;

  // The shard's part of the loss, one element; a shard's losses add up to the batch's. Called from
  // several threads at once, for different shards and tapes.
  virtual Tensor loss(Tape& tape, const Shard& shard) = 0;

  virtual SampleSize sample_size() const { return {}; }

  // Whether loss() queues the same work on the same device memory in every step, whatever
  // begin_step() writes there. Such a step is captured once and replayed.
  virtual bool same_work_each_step() const { return false; }
};

}  // namespace seqrl
