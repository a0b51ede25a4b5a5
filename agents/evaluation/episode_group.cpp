#include "agents/evaluation/episode_group.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <numeric>
#include <utility>

#include "configs/base/error.h"
#include "configs/base/stopwatch.h"
#include "envs/registry.h"

namespace seqrl {

bool EpisodeResult::add(const StepOutcome& outcome) {
  total += outcome.reward;
  ++length;
  valid = !outcome.invalid && std::isfinite(total);
  if (outcome.success) success = success.value_or(false) || *outcome.success;
  return !outcome.done() && valid;
}

EpisodeGroup::EpisodeGroup(const EnvSection& env, std::unique_ptr<Policy> policy,
                           std::span<EpisodeResult> results,
                           const std::optional<std::uint64_t>& sample_seed)
    : policy_(std::move(policy)),
      envs_(make_env_batch(env, results.size())),
      observation_dim_(static_cast<std::size_t>(envs_->observation_space().dim())),
      action_dim_(static_cast<std::size_t>(envs_->action_space().dim())) {
  observations_.resize(results.size() * observation_dim_);
  rewards_.resize(results.size());
  std::vector<double> targets;
  std::vector<ResetRow> starts;
  for (std::size_t row = 0; row < results.size(); ++row) {
    episodes_.push_back({&results[row], row});
    targets.push_back(results[row].target.value_or(0));
    starts.push_back({row, results[row].seed, observation(row)});
  }
  envs_->reset(starts);
  policy_->begin(targets);
  if (sample_seed) sample(*policy_, *sample_seed, results);
}

std::span<double> EpisodeGroup::observation(std::size_t row) {
  return std::span(observations_).subspan(row * observation_dim_, observation_dim_);
}

void EpisodeGroup::step() {
  ++age_;
  actions_.resize(size() * action_dim_);
  policy_->act(observations_, rewards_, actions_);
  steps_.clear();
  for (std::size_t row = 0; row < size(); ++row) {
    steps_.push_back({episodes_[row].slot,
                      std::span(actions_).subspan(row * action_dim_, action_dim_),
                      observation(row)});
  }
  const Stopwatch watch;
  envs_->step(steps_);
  simulation_seconds_ += watch.seconds();

  // The rows of continuing episodes are compacted.
  rows_.clear();
  for (std::size_t row = 0; row < size(); ++row) {
    const std::size_t to = rows_.size();
    const StepOutcome& outcome = steps_[row].outcome;
    if (!episodes_[row].result->add(outcome)) {
      envs_->release(episodes_[row].slot);
      continue;
    }
    rows_.push_back(static_cast<std::int64_t>(row));
    rewards_[to] = outcome.reward;
    if (to == row) continue;
    episodes_[to] = episodes_[row];
    std::ranges::copy(observation(row), observation(to).begin());
  }
  if (rows_.size() == size()) return;
  policy_->keep(rows_);
  episodes_.resize(rows_.size());
  rewards_.resize(rows_.size());
  observations_.resize(rows_.size() * observation_dim_);
}

EpisodeGroup EpisodeGroup::split() {
  SEQRL_CHECK(can_split());
  const std::size_t kept = (size() + 1) / 2;
  std::vector<std::int64_t> rows(size());
  std::iota(rows.begin(), rows.end(), 0);
  const auto mine = std::span(rows).first(kept), theirs = std::span(rows).subspan(kept);

  EpisodeGroup other(policy_->fork(theirs));
  policy_->keep(mine);
  other.envs_ = envs_;
  other.observation_dim_ = observation_dim_;
  other.action_dim_ = action_dim_;
  other.age_ = age_;
  const auto move_rows = [&](auto& from, auto& to, std::size_t dim) {
    const auto first = from.begin() + static_cast<std::ptrdiff_t>(kept * dim);
    to.assign(std::move_iterator(first), std::move_iterator(from.end()));
    from.erase(first, from.end());
  };
  move_rows(episodes_, other.episodes_, 1);
  move_rows(rewards_, other.rewards_, 1);
  move_rows(observations_, other.observations_, observation_dim_);
  return other;
}

}  // namespace seqrl
