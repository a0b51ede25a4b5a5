#include "agents/datasets/notes.h"

#include <fmt/format.h>

#include <algorithm>

#include "agents/datasets/scan.h"
#include "envs/registry.h"

namespace seqrl {
namespace {

constexpr std::int64_t kFewestZeros = 10;  // fewer rows of zeros are not reported

// Actions may exceed the space by this much, to allow for rounding to float32.
constexpr double kTolerance = 1e-4;

bool any_outside(const ActionRange& range, const Space& space) {
  for (std::size_t j = 0; j < range.low.size(); ++j) {
    const auto low = static_cast<double>(range.low[j]), high = static_cast<double>(range.high[j]);
    if (space.low[j] - low > kTolerance || high - space.high[j] > kTolerance) return true;
  }
  return false;
}

std::optional<std::string> outside(const Trajectories& data, const Env& env) {
  const Space& space = env.action_space();
  const auto dim = static_cast<std::size_t>(data.action_dim());
  if (space.low.size() != dim) return std::nullopt;
  if (!any_outside(action_range(data), space)) return std::nullopt;
  std::int64_t count = 0;
  std::size_t worst = 0;
  double worst_excess = 0;
  for (std::size_t i = 0; i < data.actions().size(); i += dim) {
    bool is_outside = false;
    for (std::size_t j = 0; j < dim; ++j) {
      const auto value = static_cast<double>(data.actions()[i + j]);
      const double excess = std::max(space.low[j] - value, value - space.high[j]);
      if (excess <= kTolerance) continue;
      is_outside = true;
      if (excess <= worst_excess) continue;
      worst_excess = excess;
      worst = i + j;
    }
    count += is_outside;
  }
  if (count == 0) return std::nullopt;
  return fmt::format(
      "{} of {} actions are outside {}'s bounds, the furthest {:.4g} at transition {}, dimension "
      "{}, which ranges from {:.4g} to {:.4g}: the environment clips them",
      count, data.transitions(), env.name(), data.actions()[worst], worst / dim, worst % dim,
      space.low[worst % dim], space.high[worst % dim]);
}

}  // namespace

std::optional<std::string> overlong_episode(const Trajectories& data, const Env& env) {
  const auto& episodes = data.episodes();
  const auto longest = std::ranges::max_element(episodes, {}, &Episode::length);
  if (longest == episodes.end() || longest->length <= env.max_episode_steps()) return std::nullopt;
  const auto longer = std::ranges::count_if(
      episodes, [&](const Episode& e) { return e.length > env.max_episode_steps(); });
  return fmt::format(
      "{} of {} episodes are longer than the {} steps of {}: the longest, from "
      "transition {}, has {}; perhaps not every end is marked",
      longer, episodes.size(), env.max_episode_steps(), env.name(), longest->begin,
      longest->length);
}

std::vector<std::string> dataset_notes(const Trajectories& data, const Env* env) {
  std::vector<std::string> notes = data.source().notes;
  const auto add = [&](std::optional<std::string> note) {
    if (note) notes.push_back(std::move(*note));
  };
  std::int64_t cut = 0, cut_steps = 0;
  for (const Episode& episode : data.episodes()) {
    if (episode.end != EndKind::cut) continue;
    ++cut;
    cut_steps += episode.length;
  }
  if (cut > 0) {
    add(
        fmt::format("{} transitions of {} without an end: their returns are too low, and train "
                    "excludes them unless dataset.keep_cut_episodes=true",
                    cut_steps, cut == 1 ? "an episode" : fmt::format("{} episodes", cut)));
  }
  if (const std::int64_t zeros = zero_rows(data); zeros >= kFewestZeros) {
    add(fmt::format(
        "in {} of {} transitions observation, action and reward are all 0: perhaps they "
        "were never written",
        zeros, data.transitions()));
  }
  if (const std::int64_t repeated = repeated_episodes(data); repeated > 0) {
    add(fmt::format("{} of {} episodes repeat an earlier one, number for number", repeated,
                    data.episodes().size()));
  }
  const ActionRange actions = action_range(data);
  const float low = std::ranges::min(actions.low);
  if (data.transitions() > 1 && low == std::ranges::max(actions.high)) {
    add(fmt::format("every number of every action is {}", low));
  }
  if (env != nullptr) {
    add(overlong_episode(data, *env));
    add(outside(data, *env));
  }
  return notes;
}

std::unique_ptr<Env> env_of_data(const Trajectories& data) {
  if (!data.source().env_config.empty()) return nullptr;
  const std::vector<std::string> known = env_names();
  if (std::ranges::find(known, data.source().env) == known.end()) return nullptr;
  std::unique_ptr<Env> env = make_env(data.source().env);
  const bool fits = env->observation_space().dim() == data.observation_dim() &&
                    env->action_space().dim() == data.action_dim();
  return fits ? std::move(env) : nullptr;
}

}  // namespace seqrl
