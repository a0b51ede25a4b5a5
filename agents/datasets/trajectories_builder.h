// A builder of trajectories from a program's own numbers.
#pragma once

#include <span>
#include <vector>

#include "agents/datasets/trajectories.h"

namespace seqrl {

// Collects episodes, step by step or whole, and returns a dataset:
//
//   TrajectoriesBuilder builder(observation_dim, action_dim);
//   builder.add_step(observation, action, reward);  // the reward that the action brought
//   builder.end_episode(EndKind::terminated);
//   Trajectories data = std::move(builder).build();
//
// Wrong sizes are rejected immediately, numbers that are not finite by build().
class TrajectoriesBuilder {
 public:
  TrajectoriesBuilder(std::int64_t observation_dim, std::int64_t action_dim);

  // observation [observation_dim], action [action_dim].
  void add_step(std::span<const float> observation, std::span<const float> action, float reward);
  // Ends the episode of the steps added since the last end; at least one.
  void end_episode(EndKind end);

  // observations [T, observation_dim], actions [T, action_dim], rewards [T], row-major.
  void add_episode(std::span<const float> observations, std::span<const float> actions,
                   std::span<const float> rewards, EndKind end);

  std::int64_t transitions() const { return static_cast<std::int64_t>(rewards_.size()); }

  // Returns the dataset and leaves the builder empty. Steps added after the last end_episode()
  // become a cut episode, which is dropped unless options.keep_cut_episodes is set.
  Trajectories build(DatasetSource source = {}, const LoadOptions& options = {}) &&;

 private:
  std::int64_t observation_dim_, action_dim_;
  std::vector<float> observations_, actions_, rewards_;
  std::vector<Episode> episodes_;
  std::int64_t begin_ = 0;  // first step of the episode being added
};

}  // namespace seqrl
