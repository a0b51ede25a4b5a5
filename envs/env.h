// An environment takes actions and gives observations and rewards, one episode at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "envs/space.h"

namespace seqrl {

// The result of one step, besides the observation.
struct StepOutcome {
  double reward = 0;
  bool terminated = false;  // the task ended: a fall, a goal; no value lies beyond
  bool truncated = false;   // the time limit ended the episode: the task would have gone on
  bool invalid = false;     // the simulation broke (NaN, exploding state): never count as a score
  std::optional<bool> success = std::nullopt;  // whether the task is solved, where it says so

  bool done() const { return terminated || truncated || invalid; }
};

// Not thread-safe; separate environments are independent, whatever threads step them. Observations
// and actions are in the environment's own units, which its header says.
class Env {
 public:
  virtual ~Env() = default;

  virtual const std::string& name() const = 0;  // what results and datasets call it
  virtual const Space& observation_space() const = 0;
  virtual const Space& action_space() const = 0;
  virtual int max_episode_steps() const = 0;  // the step that is truncated, at least 1

  // What simulates it where that is not this process, with versions: "gymnasium 1.4.0, …".
  virtual std::string versions() const { return ""; }

  // Starts an episode, a pure function of `seed`. Writes observation (observation_space().dim()).
  virtual void reset(std::uint64_t seed, std::span<double> observation) = 0;

  // Applies action (action_space().dim()), clipped to its space; writes the observation after it
  // (observation_space().dim()), unless the step is invalid: then the observation is left as it was
  // and the reward is zero. An action that is not finite or of another size is an Error, and so is
  // a step after the end, or before reset.
  virtual StepOutcome step(std::span<const double> action, std::span<double> observation) = 0;
};

}  // namespace seqrl
