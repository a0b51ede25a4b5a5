// A policy maps observations to actions.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

namespace seqrl {

// Acts for a group of episodes that advance together. An episode's actions do not depend on the
// others in its group. Not thread-safe: use one policy per thread.
class Policy {
 public:
  virtual ~Policy() = default;

  // Begins one new episode for each target return (unscaled; agents without targets ignore them).
  virtual void begin(std::span<const double> target_returns) = 0;

  // From here on, samples actions, if they are choices, instead of taking the most likely. Called
  // after begin(), with a number for each episode: the action of episode e at timestep t is a
  // function of (seed, e, t) and of what the policy computes. Other policies ignore it.
  virtual void sample(std::uint64_t /*seed*/, std::span<const std::uint32_t> /*episodes*/) {}

  // For the current timestep of every episode:
  //   observations  (episodes, observation_dim)
  //   rewards       (episodes), results of the previous action; ignored at the first timestep
  //   actions       (episodes, action_dim), written, in the environment's units
  virtual void act(std::span<const double> observations, std::span<const double> rewards,
                   std::span<double> actions) = 0;

  // Continues with only these episodes, in this order; `rows` ascend.
  virtual void keep(std::span<const std::int64_t> rows) = 0;

  // Another policy, which continues from here with only these episodes, in this order; `rows`
  // ascend.
  virtual std::unique_ptr<Policy> fork(std::span<const std::int64_t> rows) const = 0;
};

}  // namespace seqrl
