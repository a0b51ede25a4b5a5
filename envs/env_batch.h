// A batch of environments is stepped together, for a group of episodes in lockstep.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "envs/env.h"

namespace seqrl {

// An episode to begin: the slot of its environment and the destination of its observation.
struct ResetRow {
  std::size_t slot;
  std::uint64_t seed;
  std::span<double> observation;
};

// A step to make: the slot of its environment, its action and its results.
struct StepRow {
  std::size_t slot;
  std::span<const double> action;
  std::span<double> observation;
  StepOutcome outcome = {};
};

// Environments of one kind in slots 0, 1, …. The results of an episode do not depend on the other
// slots or on which rows share a call.
class EnvBatch {
 public:
  virtual ~EnvBatch() = default;

  virtual const Space& observation_space() const = 0;
  virtual const Space& action_space() const = 0;

  // Whether several threads may call reset and step at once, each with its own slots.
  virtual bool is_concurrent() const = 0;

  // Like Env::reset and Env::step of each row's environment. Slots differ within a call. If a step
  // breaks something that several slots share, each of their rows is invalid.
  virtual void reset(std::span<const ResetRow> rows) = 0;
  virtual void step(std::span<StepRow> rows) = 0;

  // Called when a slot's episode has ended and no other will begin in it.
  virtual void release(std::size_t slot) = 0;
};

// A concurrent batch made of single environments, at least one, of the same kind.
std::unique_ptr<EnvBatch> batch_of(std::vector<std::unique_ptr<Env>> envs);

}  // namespace seqrl
