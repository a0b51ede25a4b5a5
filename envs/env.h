// An environment takes actions and returns observations and rewards, one episode at a time.
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
  bool terminated = false;  // the task ended, by a fall or a goal; no further value follows
  bool truncated = false;   // the time limit ended the episode; the task was not finished
  bool invalid = false;     // the simulation broke (NaN, exploding state): never count as a score
  std::optional<bool> success = std::nullopt;  // whether the task is solved, if reported

  bool done() const { return terminated || truncated || invalid; }
};

// Not thread-safe. Separate environments are independent and may be stepped by any threads.
// Observations and actions are in the environment's own units; see its header.
class Env {
 public:
  virtual ~Env() = default;

  virtual const std::string& name() const = 0;  // the name in results and datasets
  virtual const Space& observation_space() const = 0;
  virtual const Space& action_space() const = 0;
  virtual int max_episode_steps() const = 0;  // the step that is truncated, at least 1

  // What simulates it if that is not this process, with versions: "gymnasium 1.4.0, …".
  virtual std::string versions() const { return ""; }

  // Starts an episode, a pure function of `seed`. Writes observation (observation_space().dim()).
  virtual void reset(std::uint64_t seed, std::span<double> observation) = 0;

  // Applies action (action_space().dim()), clipped to its space, and writes the next observation
  // (observation_space().dim()). If the step is invalid, the observation is unchanged and the
  // reward is zero. An action that is not finite or has another size is an Error, and so is a step
  // after the end or before reset.
  virtual StepOutcome step(std::span<const double> action, std::span<double> observation) = 0;
};

}  // namespace seqrl
