#include "agents/evaluation/episode_group.h"

#include <cmath>
#include <iterator>
#include <numeric>
#include <utility>

#include "configs/base/stopwatch.h"
#include "envs/registry.h"

namespace seqrl {

bool EpisodeResult::add(const StepOutcome& outcome) {
  total += outcome.reward;
  ++length;
  valid = !outcome.invalid && std::isfinite(total);
  return !outcome.done() && valid;
}

EpisodeGroup::EpisodeGroup(const EnvSection& env, std::unique_ptr<Policy> policy,
                           std::span<EpisodeResult> results)
    : policy_(std::move(policy)) {
  for (EpisodeResult& result : results) episodes_.push_back({&result, make_env(env)});
  observation_dim_ = static_cast<std::size_t>(episodes_[0].env->observation_space().dim());
  action_dim_ = static_cast<std::size_t>(episodes_[0].env->action_space().dim());
  observations_.resize(results.size() * observation_dim_);
  rewards_.resize(results.size());
  std::vector<double> targets;
  for (std::size_t row = 0; row < results.size(); ++row) {
    targets.push_back(results[row].target.value_or(0));
    episodes_[row].env->reset(results[row].seed, observation(row));
  }
  policy_->begin(targets);
}

std::span<double> EpisodeGroup::observation(std::size_t row) {
  return std::span(observations_).subspan(row * observation_dim_, observation_dim_);
}

void EpisodeGroup::step() {
  ++age_;
  actions_.resize(size() * action_dim_);
  policy_->act(observations_, rewards_, actions_);
  rows_.clear();
  const Stopwatch watch;
  for (std::size_t row = 0; row < size(); ++row) {
    const std::size_t to = rows_.size();  // rows of episodes that go on move together
    const StepOutcome outcome = episodes_[row].env->step(
        std::span(actions_).subspan(row * action_dim_, action_dim_), observation(to));
    const bool goes_on = episodes_[row].result->add(outcome);
    rewards_[to] = outcome.reward;
    std::swap(episodes_[to], episodes_[row]);
    if (goes_on) rows_.push_back(static_cast<std::int64_t>(row));
  }
  simulation_seconds_ += watch.seconds();
  if (rows_.size() == size()) return;
  policy_->keep(rows_);
  episodes_.resize(rows_.size());
  rewards_.resize(rows_.size());
  observations_.resize(rows_.size() * observation_dim_);
}

EpisodeGroup EpisodeGroup::split() {
  const std::size_t kept = (size() + 1) / 2;
  std::vector<std::int64_t> rows(size());
  std::iota(rows.begin(), rows.end(), 0);
  const auto mine = std::span(rows).first(kept), theirs = std::span(rows).subspan(kept);

  EpisodeGroup other(policy_->fork(theirs));
  policy_->keep(mine);
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
