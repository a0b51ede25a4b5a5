// A batch of environments is stepped together: those of a group of episodes in lockstep.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "envs/env.h"

namespace seqrl {

// An episode to begin: in which environment of the batch, and where its observation goes.
struct ResetRow {
  std::size_t slot;
  std::uint64_t seed;
  std::span<double> observation;
};

// A step to make: in which environment, with what action, and what comes of it.
struct StepRow {
  std::size_t slot;
  std::span<const double> action;
  std::span<double> observation;
  StepOutcome outcome = {};
};

// Environments of one kind in slots 0, 1, …. What comes of an episode does not depend on the other
// slots, nor on which rows share a call.
class EnvBatch {
 public:
  virtual ~EnvBatch() = default;

  virtual const Space& observation_space() const = 0;
  virtual const Space& action_space() const = 0;

  // Whether several threads may call reset and step at once, each with slots of its own.
  virtual bool is_concurrent() const = 0;

  // As Env::reset and Env::step of each row's environment. Slots differ within a call. Where a step
  // breaks something that several slots share, each of its rows is invalid.
  virtual void reset(std::span<const ResetRow> rows) = 0;
  virtual void step(std::span<StepRow> rows) = 0;

  // Called when a slot's episode has ended and no other will begin in it.
  virtual void release(std::size_t slot) = 0;
};

// Single environments, of the same kind and at least one, as a batch: a concurrent one.
std::unique_ptr<EnvBatch> batch_of(std::vector<std::unique_ptr<Env>> envs);

}  // namespace seqrl
