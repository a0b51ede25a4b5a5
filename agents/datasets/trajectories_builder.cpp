#include "agents/datasets/trajectories_builder.h"

#include <utility>

#include "configs/base/error.h"

namespace seqrl {

TrajectoriesBuilder::TrajectoriesBuilder(std::int64_t observation_dim, std::int64_t action_dim)
    : observation_dim_(observation_dim), action_dim_(action_dim) {
  SEQRL_REQUIRE(observation_dim > 0 && action_dim > 0,
                "observation_dim and action_dim must be positive, got {} and {}", observation_dim,
                action_dim);
}

void TrajectoriesBuilder::add_step(std::span<const float> observation,
                                   std::span<const float> action, float reward) {
  SEQRL_REQUIRE(std::ssize(observation) == observation_dim_ && std::ssize(action) == action_dim_,
                "a step of episode {} has an observation of {} and an action of {} dimensions, "
                "expected {} and {}",
                episodes_.size(), observation.size(), action.size(), observation_dim_, action_dim_);
  observations_.insert(observations_.end(), observation.begin(), observation.end());
  actions_.insert(actions_.end(), action.begin(), action.end());
  rewards_.push_back(reward);
}

void TrajectoriesBuilder::end_episode(EndKind end) {
  SEQRL_REQUIRE(transitions() > begin_, "episode {} ends without a step", episodes_.size());
  episodes_.push_back({begin_, transitions() - begin_, end});
  begin_ = transitions();
}

void TrajectoriesBuilder::add_episode(std::span<const float> observations,
                                      std::span<const float> actions,
                                      std::span<const float> rewards, EndKind end) {
  const auto steps = std::ssize(rewards);
  SEQRL_REQUIRE(transitions() == begin_, "episode {} was not ended before the next one was added",
                episodes_.size());
  SEQRL_REQUIRE(std::ssize(observations) == steps * observation_dim_ &&
                    std::ssize(actions) == steps * action_dim_,
                "episode {} has {} rewards, {} numbers in observations and {} in actions, expected "
                "{} and {}",
                episodes_.size(), steps, observations.size(), actions.size(),
                steps * observation_dim_, steps * action_dim_);
  observations_.insert(observations_.end(), observations.begin(), observations.end());
  actions_.insert(actions_.end(), actions.begin(), actions.end());
  rewards_.insert(rewards_.end(), rewards.begin(), rewards.end());
  end_episode(end);
}

Trajectories TrajectoriesBuilder::build(DatasetSource source, const LoadOptions& options) && {
  if (transitions() > begin_) end_episode(EndKind::cut);
  TransitionArrays arrays;
  arrays.observation_dim = observation_dim_;
  arrays.action_dim = action_dim_;
  arrays.observations = Buffer<float>(std::exchange(observations_, {}));
  arrays.actions = Buffer<float>(std::exchange(actions_, {}));
  arrays.rewards = Buffer<float>(std::exchange(rewards_, {}));
  begin_ = 0;
  return Trajectories(std::move(arrays), std::exchange(episodes_, {}), std::move(source), options);
}

}  // namespace seqrl
