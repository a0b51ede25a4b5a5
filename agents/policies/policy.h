// A policy maps observations to actions.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

namespace seqrl {

// Acts for a group of episodes that advance together. An episode's actions do not depend on which
// others share its group. Not thread-safe: one policy a thread.
class Policy {
 public:
  virtual ~Policy() = default;

  // Begins one new episode for each target return (unscaled; agents without targets ignore them).
  virtual void begin(std::span<const double> target_returns) = 0;

  // Draws actions from here on, where they are choices, instead of taking the likeliest. Called
  // after begin(), with a number for each episode: the action of episode e at timestep t is a
  // function of (seed, e, t) and of what the policy computes. Other policies ignore it.
  virtual void sample(std::uint64_t /*seed*/, std::span<const std::uint32_t> /*episodes*/) {}

  // For the current timestep of every episode:
  //   observations  (episodes, observation_dim)
  //   rewards       (episodes), what the previous action brought; ignored at the first timestep
  //   actions       (episodes, action_dim), written, in the environment's units
  virtual void act(std::span<const double> observations, std::span<const double> rewards,
                   std::span<double> actions) = 0;

  // Goes on with these episodes only, in this order; `rows` ascend.
  virtual void keep(std::span<const std::int64_t> rows) = 0;

  // Another policy, which goes on from here with these episodes only, in this order; `rows` ascend.
  virtual std::unique_ptr<Policy> fork(std::span<const std::int64_t> rows) const = 0;
};

}  // namespace seqrl
