#include "tools/video/player.h"

#include <array>
#include <vector>

namespace seqrl::tools {

Played play_episode(const TrainedAgent& trained, const PackedWeights& weights, ActMode mode,
                    std::optional<double> target, std::uint64_t seed, Env& env,
                    const std::function<bool(const Played&)>& watch) {
  std::vector<double> observation(static_cast<std::size_t>(env.observation_space().dim()));
  std::vector<double> action(static_cast<std::size_t>(env.action_space().dim()));
  const std::unique_ptr<Policy> policy = trained.agent->make_policy(mode, weights);
  policy->begin(std::array{target.value_or(0)});
  env.reset(seed, observation);
  Played played;
  Outcome outcome;
  while (watch(played) && !outcome.done()) {
    policy->act(observation, {&outcome.reward, 1}, action);
    outcome = env.step(action, observation);
    played.total += outcome.reward;
    ++played.steps;
    played.valid = !outcome.invalid;
  }
  return played;
}

}  // namespace seqrl::tools
