// An episode group is a group of episodes that advance together, with one policy for all.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "agents/policies/agent.h"
#include "envs/env_batch.h"
#include "envs/env_options.h"

namespace seqrl {

// An episode to play, and its result.
struct EpisodeResult {
  std::optional<double> target;  // the return to request
  std::uint64_t seed;            // of the reset
  std::uint32_t number = 0;      // of the episode, from 0
  double total = 0;              // the sum of rewards, undiscounted
  std::int64_t length = 0;
  bool valid = true;  // the simulation did not break
  // Whether any step has solved the task; nothing if the environment does not report it.
  std::optional<bool> success = std::nullopt;

  // Adds the result of a step. Returns whether the episode continues.
  bool add(const StepOutcome& outcome);
};

// Episodes that begin together, in the same mode.
struct EpisodesOfMode {
  ActMode mode;
  std::span<EpisodeResult> results;
  std::optional<std::uint64_t> sample_seed = {};  // for sampled actions (Policy::sample)
};

// Makes a policy, on the CPU or a device, sample the actions of these episodes, which it has begun.
template <typename AnyPolicy>
void sample(AnyPolicy& policy, std::uint64_t seed, std::span<const EpisodeResult> results) {
  std::vector<std::uint32_t> numbers;
  for (const EpisodeResult& result : results) numbers.push_back(result.number);
  policy.sample(seed, numbers);
}

// Plays episodes in lockstep, with one policy for all; finished episodes leave. The result of an
// episode does not depend on the other episodes of its group. Not thread-safe.
class EpisodeGroup {
 public:
  // Begins `results`, at least one, which must outlive the group. With a seed the policy samples.
  EpisodeGroup(const EnvSection& env, std::unique_ptr<Policy> policy,
               std::span<EpisodeResult> results,
               const std::optional<std::uint64_t>& sample_seed = {});

  // Episodes that have not ended.
  std::size_t size() const { return episodes_.size(); }

  // Steps that its episodes have made.
  std::int64_t age() const { return age_; }

  // One step of every episode.
  void step();

  // Whether another thread can play a part of it: there are at least two episodes, and their
  // environments can be stepped separately.
  bool can_split() const { return size() >= 2 && envs_->is_concurrent(); }

  // Moves half of its episodes to a new group; only if can_split().
  EpisodeGroup split();

  // Seconds spent in the environments.
  double simulation_seconds() const { return simulation_seconds_; }

 private:
  struct Episode {
    EpisodeResult* result;
    std::size_t slot;  // of its environment
  };
  explicit EpisodeGroup(std::unique_ptr<Policy> policy) : policy_(std::move(policy)) {}
  std::span<double> observation(std::size_t row);

  std::unique_ptr<Policy> policy_;
  std::shared_ptr<EnvBatch> envs_;  // shared by the groups that result from a split
  std::size_t observation_dim_ = 0, action_dim_ = 0;
  std::vector<Episode> episodes_;                         // one per row
  std::vector<double> observations_, rewards_, actions_;  // as the policy sees them
  std::vector<StepRow> steps_;
  std::vector<std::int64_t> rows_;  // of the unfinished episodes
  std::int64_t age_ = 0;
  double simulation_seconds_ = 0;
};

}  // namespace seqrl
