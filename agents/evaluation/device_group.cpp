#include "agents/evaluation/device_group.h"

#include <algorithm>
#include <array>
#include <numeric>

#include "configs/base/stopwatch.h"
#include "envs/registry.h"

namespace seqrl {

DeviceGroup::DeviceGroup(const Agent& agent, Device device, const EnvSection& env,
                         const EpisodesOfMode& group, ThreadPool& pool)
    : observation_dim_(static_cast<std::size_t>(agent.spec().observation_dim)),
      action_dim_(static_cast<std::size_t>(agent.spec().action_dim)) {
  const std::size_t rows = group.results.size();
  observations_.resize(rows * observation_dim_);
  rewards_.resize(rows);
  actions_.resize(rows * action_dim_);
  playing_.resize(rows);
  std::iota(playing_.begin(), playing_.end(), std::size_t{0});
  std::vector<double> targets;
  for (EpisodeResult& result : group.results) {
    targets.push_back(result.target.value_or(0));
    episodes_.push_back({&result, nullptr, 0});
  }
  each(pool, [&](std::size_t row) {
    episodes_[row].env = make_env(env);
    episodes_[row].env->reset(
        episodes_[row].result->seed,
        std::span(observations_).subspan(row * observation_dim_, observation_dim_));
  });
  policy_ = agent.make_device_policy(device, group.mode, targets);
}

// Runs task(row) for the rows whose episodes go on.
template <typename Task>
void DeviceGroup::each(ThreadPool& pool, Task&& task) {
  // More parts than threads, for episodes' steps do not take the same time.
  const std::size_t count = playing_.size();
  const std::size_t parts = std::min(count, 4 * static_cast<std::size_t>(pool.threads()));
  pool.run(static_cast<int>(parts), [&](int number) {
    const auto part = static_cast<std::size_t>(number);
    for (std::size_t i = count * part / parts; i < count * (part + 1) / parts; ++i) {
      task(playing_[i]);
    }
  });
}

bool DeviceGroup::step(ThreadPool& pool) {
  ++age_;
  policy_->read_actions(actions_);
  each(pool, [&](std::size_t row) {
    const Stopwatch watch;
    auto& [result, env, seconds] = episodes_[row];
    const auto observation =
        std::span(observations_).subspan(row * observation_dim_, observation_dim_);
    const StepOutcome outcome =
        env->step(std::span(actions_).subspan(row * action_dim_, action_dim_), observation);
    rewards_[row] = outcome.reward;
    if (!result->add(outcome)) {
      env.reset();
      rewards_[row] = 0;
      std::ranges::fill(observation, 0.0);
    }
    seconds += watch.seconds();
  });
  std::erase_if(playing_, [&](std::size_t row) { return episodes_[row].env == nullptr; });
  return !playing_.empty();
}

double DeviceGroup::simulation_seconds() const {
  double sum = 0;
  for (const Episode& episode : episodes_) sum += episode.seconds;
  return sum;
}

std::optional<double> play_on(Device device, const Agent& agent, const EnvSection& env,
                              std::span<const EpisodesOfMode> groups, EpisodeCounter& counter,
                              ThreadPool& pool) {
  double seconds = 0;
  auto next = groups.begin();
  std::array<std::unique_ptr<DeviceGroup>, 2> pair;
  do {
    for (std::unique_ptr<DeviceGroup>& group : pair) {
      if (counter.stopped()) return std::nullopt;
      const std::size_t before = group ? group->size() : 0;
      const bool goes_on = group && group->step(pool);
      if (group) counter.add(before, group->size(), group->age());
      if (group && !goes_on) {
        seconds += group->simulation_seconds();
        group.reset();
      }
      if (!group && next != groups.end()) {
        group = std::make_unique<DeviceGroup>(agent, device, env, *next++, pool);
      }
      if (group) group->begin_act();
    }
  } while (pair[0] || pair[1]);
  return seconds;
}

}  // namespace seqrl
