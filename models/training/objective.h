// The interface of what a training step minimises.
#pragma once

#include <cstdint>

#include "models/core/tape.h"

namespace seqrl {

// A part of the batch: samples [first, last).
struct Shard {
  int index;
  std::int64_t first, last;
  std::int64_t size() const { return last - first; }
};

// A sum over shards.
class Objective {
 public:
  virtual ~Objective() = default;

  // Makes the batch of `step` ready, before any shard asks for its loss.
  virtual void begin_step(std::int64_t step) = 0;

  // The part of the loss that this shard's samples bring, one element. Called from several threads
  // at once, for different shards and tapes.
  virtual Tensor loss(Tape& tape, const Shard& shard) = 0;

  // Whether loss() asks a device for the same work on the same memory in every step, whatever
  // begin_step() puts there: such a step is captured once and repeated.
  virtual bool repeats_itself() const { return false; }
};

}  // namespace seqrl
