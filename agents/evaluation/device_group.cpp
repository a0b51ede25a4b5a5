#include "agents/evaluation/device_group.h"

#include <algorithm>
#include <array>
#include <numeric>

#include "configs/base/stopwatch.h"
#include "envs/registry.h"
#include "models/core/alignment.h"

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
    episodes_.push_back({&result});
  }
  // A single batch that threads share, or one per thread.
  const auto threads = static_cast<std::size_t>(pool.threads());
  rows_per_batch_ = env.shared().is_batched() ? divide_up(rows, threads) : rows;
  for (std::size_t first = 0; first < rows; first += rows_per_batch_) {
    envs_.push_back(make_env_batch(env, std::min(rows_per_batch_, rows - first)));
  }
  each(pool, [&](std::size_t, std::size_t begin, std::size_t end) {
    std::vector<ResetRow> starts;
    for (std::size_t row = begin; row < end; ++row) {
      starts.push_back(
          {slot_of(row), episodes_[row].result->seed,
           std::span(observations_).subspan(row * observation_dim_, observation_dim_)});
    }
    envs_of(begin).reset(starts);
  });
  policy_ = agent.make_device_policy(device, group.mode, targets);
  if (group.sample_seed) sample(*policy_, *group.sample_seed, group.results);
}

// The boundaries of the parts of playing_, the end of the last included. The rows of a part are in
// one batch.
std::vector<std::size_t> DeviceGroup::parts(const ThreadPool& pool) const {
  const std::size_t count = playing_.size();
  std::vector<std::size_t> begins;
  if (envs_.front()->is_concurrent()) {
    // More parts than threads, because episodes' steps differ in time.
    const std::size_t parts = std::min(count, 4 * static_cast<std::size_t>(pool.threads()));
    for (std::size_t part = 0; part < parts; ++part) begins.push_back(count * part / parts);
  } else {
    for (std::size_t i = 0; i < count; ++i) {
      const bool first =
          i == 0 || playing_[i] / rows_per_batch_ != playing_[i - 1] / rows_per_batch_;
      if (first) begins.push_back(i);
    }
  }
  begins.push_back(count);
  return begins;
}

// Runs task(part, begin, end) for each part of playing_, from `begin` to `end`.
template <typename Task>
void DeviceGroup::each(ThreadPool& pool, Task&& task) {
  const std::vector<std::size_t> begins = parts(pool);
  const std::size_t count = begins.size() - 1;
  seconds_.resize(std::max(seconds_.size(), count));
  pool.run(static_cast<int>(count), [&](int number) {
    const auto part = static_cast<std::size_t>(number);
    task(part, begins[part], begins[part + 1]);
  });
}

bool DeviceGroup::step(ThreadPool& pool) {
  ++age_;
  policy_->read_actions(actions_);
  steps_.resize(playing_.size());
  each(pool, [&](std::size_t part, std::size_t first, std::size_t last) {
    const Stopwatch watch;
    for (std::size_t i = first; i < last; ++i) {
      const std::size_t row = playing_[i];
      steps_[i] = {slot_of(row), std::span(actions_).subspan(row * action_dim_, action_dim_),
                   std::span(observations_).subspan(row * observation_dim_, observation_dim_)};
    }
    EnvBatch& envs = envs_of(playing_[first]);
    envs.step(std::span(steps_).subspan(first, last - first));
    for (std::size_t i = first; i < last; ++i) {
      const std::size_t row = playing_[i];
      rewards_[row] = steps_[i].outcome.reward;
      episodes_[row].playing = episodes_[row].result->add(steps_[i].outcome);
      if (episodes_[row].playing) continue;
      envs.release(slot_of(row));
      rewards_[row] = 0;
      std::ranges::fill(steps_[i].observation, 0.0);
    }
    seconds_[part] += watch.seconds();
  });
  std::erase_if(playing_, [&](std::size_t row) { return !episodes_[row].playing; });
  return !playing_.empty();
}

double DeviceGroup::simulation_seconds() const {
  return std::accumulate(seconds_.begin(), seconds_.end(), 0.0);
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
