// An episode group is a group of episodes that advance together, one policy acting for all.
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
  std::optional<double> target;  // the return to ask for
  std::uint64_t seed;            // of the reset
  std::uint32_t number = 0;      // of the episode, from 0 on
  double total = 0;              // the sum of rewards, undiscounted
  std::int64_t length = 0;
  bool valid = true;  // the simulation did not break
  // Whether a step has solved the task; nothing where the environment does not say.
  std::optional<bool> success = std::nullopt;

  // Adds what a step brought. Whether the episode goes on.
  bool add(const StepOutcome& outcome);
};

// Episodes that begin together, in the same mode.
struct EpisodesOfMode {
  ActMode mode;
  std::span<EpisodeResult> results;
  std::optional<std::uint64_t> sample_seed = {};  // of actions that are drawn (Policy::sample)
};

// Has a policy, or one on a device, draw the actions of these episodes, which it has begun.
template <typename AnyPolicy>
void sample(AnyPolicy& policy, std::uint64_t seed, std::span<const EpisodeResult> results) {
  std::vector<std::uint32_t> numbers;
  for (const EpisodeResult& result : results) numbers.push_back(result.number);
  policy.sample(seed, numbers);
}

// Plays episodes in lockstep, one policy acting for all; those that end leave. What comes of an
// episode does not depend on which others share its group. Not thread-safe.
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

  // Whether another thread can play a part of it: there are two episodes at least, and their
  // environments can be stepped apart.
  bool can_split() const { return size() >= 2 && envs_->is_concurrent(); }

  // Gives half of its episodes to a group of their own; only where it can be split.
  EpisodeGroup split();

  // Spent in the environments.
  double simulation_seconds() const { return simulation_seconds_; }

 private:
  struct Episode {
    EpisodeResult* result;
    std::size_t slot;  // of its environment
  };
  explicit EpisodeGroup(std::unique_ptr<Policy> policy) : policy_(std::move(policy)) {}
  std::span<double> observation(std::size_t row);

  std::unique_ptr<Policy> policy_;
  std::shared_ptr<EnvBatch> envs_;  // those of the groups that came of a split are shared
  std::size_t observation_dim_ = 0, action_dim_ = 0;
  std::vector<Episode> episodes_;                         // one a row
  std::vector<double> observations_, rewards_, actions_;  // as the policy has them
  std::vector<StepRow> steps_;
  std::vector<std::int64_t> rows_;  // of the episodes that go on
  std::int64_t age_ = 0;
  double simulation_seconds_ = 0;
};

}  // namespace seqrl
