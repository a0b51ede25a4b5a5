#include "agents/policies/actor.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "agents/policies/shipped_policies.h"
#include "configs/base/error.h"
#include "configs/schema/plugin.h"

namespace seqrl {
namespace {

constexpr std::int64_t kMostEnvironments = 1 << 20;

// Agents compute in float32.
bool is_usable(double number) {
  return std::isfinite(static_cast<float>(number));
}

// Copies row `from` of a matrix with `dim` columns to row `to` of another.
void copy_row(std::span<const double> source, std::int64_t from, std::span<double> destination,
              std::int64_t to, std::int64_t dim) {
  std::copy_n(source.begin() + from * dim, dim, destination.begin() + to * dim);
}

TrainedAgent find_agent_with(const std::string& name, CheckpointChoice checkpoint,
                             const std::vector<std::string>& plugins) {
  if (!plugins.empty()) load_plugins_instead(plugins);
  return find_agent(name, checkpoint);
}

}  // namespace

Actor::Actor(const std::string& name, std::int64_t environments, ActMode mode,
             CheckpointChoice checkpoint, const std::vector<std::string>& plugins)
    : Actor(find_agent_with(name, checkpoint, plugins), environments, mode) {}

Actor::Actor(TrainedAgent trained, std::int64_t environments, ActMode mode)
    : trained_(std::move(trained)),
      weights_(std::make_unique<PackedWeights>(*trained_.parameters, false)),
      environments_(environments),
      mode_(mode) {
  SEQRL_REQUIRE(environments >= 1 && environments <= kMostEnvironments,
                "an actor acts in 1 to {} environments, not in {}", kMostEnvironments,
                environments);
  actions_.resize(static_cast<std::size_t>(environments * action_dim()));
  numbers_.resize(static_cast<std::size_t>(environments));
  warm_up();
  samples_ =
      trained_.agent->spec().action_choices > 0 && trained_.config.evaluation.actions == "sampled";
}

// Runs as many steps as the agent looks back, and two more, in which the memory of the longest is
// merged. Then every buffer has its size, so the first action of the user's loop takes no longer
// than the others.
void Actor::warm_up() {
  const std::vector<double> observations(
      static_cast<std::size_t>(environments_ * observation_dim()));
  const std::vector<double> rewards(static_cast<std::size_t>(environments_));
  reset(0);
  const AgentSpec& spec = trained_.agent->spec();
  const std::int64_t steps = std::min<std::int64_t>(spec.context + 2, spec.max_episode_steps);
  for (std::int64_t i = 0; i < steps; ++i) act(observations, rewards);
  spare_.push_back(std::move(groups_.at(0).policy));
  groups_.clear();
  next_number_ = 0;
}

double Actor::target_or_default(std::optional<double> target_return) const {
  if (!trained_.agent->uses_targets()) return 0;
  if (target_return) {
    SEQRL_REQUIRE(is_usable(*target_return), "the target return is {}, not a finite float32",
                  *target_return);
    return *target_return;
  }
  const std::vector<double>& targets = trained_.config.evaluation.targets;
  SEQRL_REQUIRE(!targets.empty(), "reset needs a target return: the agent's config has none");
  return targets[0];
}

void Actor::reset(std::optional<double> target_return) {
  const double target = target_or_default(target_return);
  for (Group& group : groups_) spare_.push_back(std::move(group.policy));
  groups_.clear();
  for (std::uint32_t& number : numbers_) number = next_number_++;
  Group& group = youngest();
  group.rows.resize(static_cast<std::size_t>(environments_));
  std::iota(group.rows.begin(), group.rows.end(), 0);
  group.targets.assign(group.rows.size(), target);
  begin(group);
}

void Actor::reset_one(std::int64_t environment, std::optional<double> target_return) {
  SEQRL_REQUIRE(environment >= 0 && environment < environments_,
                "there is no environment {}: the actor has {}, counted from 0", environment,
                environments_);
  const double target = target_or_default(target_return);
  forget(environment);
  numbers_[static_cast<std::size_t>(environment)] = next_number_++;
  Group& group = youngest();
  const auto place = std::ranges::lower_bound(group.rows, environment);
  group.targets.insert(group.targets.begin() + (place - group.rows.begin()), target);
  group.rows.insert(place, environment);
  begin(group);
}

// Removes an environment from its group.
void Actor::forget(std::int64_t environment) {
  for (auto group = groups_.begin(); group != groups_.end(); ++group) {
    const auto found = std::ranges::find(group->rows, environment);
    if (found == group->rows.end()) continue;
    const auto place = found - group->rows.begin();
    group->rows.erase(found);
    if (group->timestep == 0) group->targets.erase(group->targets.begin() + place);
    if (group->rows.empty()) {
      spare_.push_back(std::move(group->policy));
      groups_.erase(group);
    } else if (group->timestep == 0) {
      begin(*group);
    } else {
      std::vector<std::int64_t> kept(group->rows.size() + 1);
      std::iota(kept.begin(), kept.end(), 0);
      kept.erase(kept.begin() + place);
      group->policy->keep(kept);
    }
    return;
  }
}

// The group of episodes without a step so far, which may be a new one.
Actor::Group& Actor::youngest() {
  const auto found =
      std::ranges::find_if(groups_, [](const Group& group) { return group.timestep == 0; });
  if (found != groups_.end()) return *found;
  if (spare_.empty()) {
    return groups_.emplace_back(Group{trained_.agent->make_policy(mode_, *weights_)});
  }
  Group& group = groups_.emplace_back(Group{std::move(spare_.back())});
  spare_.pop_back();
  return group;
}

void Actor::begin(Group& group) {
  group.observations.resize(group.rows.size() * static_cast<std::size_t>(observation_dim()));
  group.rewards.resize(group.rows.size());
  group.actions.resize(group.rows.size() * static_cast<std::size_t>(action_dim()));
  group.policy->begin(group.targets);
  if (!samples_) return;
  std::vector<std::uint32_t> numbers;
  for (const std::int64_t row : group.rows) {
    numbers.push_back(numbers_[static_cast<std::size_t>(row)]);
  }
  group.policy->sample(trained_.config.evaluation.seed, numbers);
}

bool Actor::needs_rewards() const {
  return trained_.agent->uses_targets() &&
         std::ranges::any_of(groups_, [](const Group& group) { return group.timestep > 0; });
}

std::span<const double> Actor::act(std::span<const double> observation, double reward) {
  SEQRL_REQUIRE(environments_ == 1, "the actor has {} environments: it needs a reward for each",
                environments_);
  return act(observation, {&reward, 1});
}

std::span<const double> Actor::act(std::span<const double> observations,
                                   std::span<const double> rewards) {
  check(observations, rewards);
  for (Group& group : groups_) act(group, observations, rewards);
  const auto bad = std::ranges::find_if_not(actions_, is_usable);
  if (bad != actions_.end()) {
    const std::int64_t environment = (bad - actions_.begin()) / action_dim();
    reject(
        "the action in environment {} is {}: its observation, its target return or the agent's "
        "weights are too large; reset it",
        environment, *bad);
  }
  return actions_;
}

void Actor::check(std::span<const double> observations, std::span<const double> rewards) const {
  SEQRL_REQUIRE(std::ssize(observations) == environments_ * observation_dim(),
                "the agent was given {} observation numbers, but expects {}{}", observations.size(),
                observation_dim(),
                environments_ == 1 ? "" : fmt::format(", times {} environments", environments_));
  SEQRL_REQUIRE(std::ssize(rewards) == environments_,
                "the actor was given {} rewards for {} environments", rewards.size(),
                environments_);
  std::int64_t begun = 0;
  for (const Group& group : groups_) begun += std::ssize(group.rows);
  SEQRL_REQUIRE(begun == environments_, "{} of {} environments have no episode: call reset first",
                environments_ - begun, environments_);
  const auto bad = std::ranges::find_if_not(observations, is_usable);
  if (bad != observations.end()) {
    const std::int64_t i = bad - observations.begin();
    reject("number {} of the observation of environment {} is {}, not a finite float32",
           i % observation_dim(), i / observation_dim(), *bad);
  }
  const std::int64_t longest = trained_.agent->spec().max_episode_steps;
  for (const Group& group : groups_) {
    SEQRL_REQUIRE(
        !trained_.agent->has_memory() || group.timestep < longest,
        "the episode of environment {} reached step {}, but the agent supports only timesteps "
        "below {}, the longest episode of its environment and dataset; reset it",
        group.rows[0], group.timestep, longest);
    for (std::int64_t row : group.rows) {
      const double reward = rewards[static_cast<std::size_t>(row)];
      SEQRL_REQUIRE(group.timestep == 0 || is_usable(reward),
                    "the reward of environment {} is {}; give the reward of its last action", row,
                    reward);
    }
  }
}

void Actor::act(Group& group, std::span<const double> observations,
                std::span<const double> rewards) {
  const std::int64_t count = std::ssize(group.rows);
  for (std::int64_t i = 0; i < count; ++i) {
    const std::int64_t row = group.rows[static_cast<std::size_t>(i)];
    copy_row(observations, row, group.observations, i, observation_dim());
    copy_row(rewards, row, group.rewards, i, 1);
  }
  const auto rows = static_cast<std::size_t>(count);
  group.policy->act(
      std::span(group.observations).first(rows * static_cast<std::size_t>(observation_dim())),
      std::span(group.rewards).first(rows),
      std::span(group.actions).first(rows * static_cast<std::size_t>(action_dim())));
  for (std::int64_t i = 0; i < count; ++i) {
    copy_row(group.actions, i, actions_, group.rows[static_cast<std::size_t>(i)], action_dim());
  }
  ++group.timestep;
}

}  // namespace seqrl
