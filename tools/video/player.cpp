#include "tools/video/player.h"

#include <array>
#include <vector>

#include "envs/checked_env.h"

namespace seqrl::tools {

EpisodeProgress play_episode(const TrainedAgent& trained, const PackedWeights& weights,
                             ActMode mode, std::optional<double> target, std::uint64_t seed,
                             Env& env, const std::function<bool(const EpisodeProgress&)>& on_step) {
  std::vector<double> observation(static_cast<std::size_t>(env.observation_space().dim()));
  std::vector<double> action(static_cast<std::size_t>(env.action_space().dim()));
  const std::unique_ptr<Policy> policy = trained.agent->make_policy(mode, weights);
  policy->begin(std::array{target.value_or(0)});
  reset_checked(env, seed, observation);
  EpisodeProgress progress;
  StepOutcome outcome;
  while (on_step(progress) && !outcome.done()) {
    policy->act(observation, {&outcome.reward, 1}, action);
    outcome = step_checked(env, action, observation);
    progress.total += outcome.reward;
    ++progress.steps;
    progress.valid = !outcome.invalid;
  }
  return progress;
}

}  // namespace seqrl::tools
