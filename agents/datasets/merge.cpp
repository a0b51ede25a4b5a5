#include "agents/datasets/merge.h"

#include <algorithm>
#include <utility>

#include "agents/datasets/flat_space.h"
#include "configs/base/error.h"
#include "configs/base/text.h"

namespace seqrl {
namespace {

std::string shape_of(const Trajectories& set) {
  const std::string& layout = set.source().observation_layout;
  const std::string actions = set.action_choices() > 0
                                  ? fmt::format("{} choices", set.action_choices())
                                  : fmt::format("actions of {}", set.action_dim());
  return fmt::format("observations of {}{} and {}", set.observation_dim(),
                     layout.empty() ? "" : fmt::format(" ({})", layout_text(layout)), actions);
}

std::string env_of(const DatasetSource& source) {
  return source.stated_env.empty() ? source.env : source.stated_env;
}

bool same(const std::optional<ReferenceReturns>& a, const std::optional<ReferenceReturns>& b) {
  if (!a || !b) return !a && !b;
  return a->random == b->random && a->expert == b->expert;
}

bool same_env(const DatasetSource& a, const DatasetSource& b) {
  return a.env == b.env && a.stated_env == b.stated_env && a.env_config == b.env_config &&
         a.env_kwargs == b.env_kwargs && a.eval_env == b.eval_env && a.eval_kwargs == b.eval_kwargs;
}

void require_alike(const Trajectories& first, const Trajectories& other, bool any_env) {
  SEQRL_REQUIRE(shape_of(first) == shape_of(other),
                "{} has {}, but {} has {}: they cannot be combined", first.source().path,
                shape_of(first), other.source().path, shape_of(other));
  SEQRL_REQUIRE(
      any_env || same_env(first.source(), other.source()),
      "{} is from {}, but {} is from {}{}: they are combined only with dataset.env_mismatch=allow",
      first.source().path, shown(env_of(first.source())), other.source().path,
      shown(env_of(other.source())),
      env_of(first.source()) == env_of(other.source()) ? " with other options" : "");
}

// The properties common to all; properties that differ are left empty.
DatasetSource source_of(const std::vector<Trajectories>& sets, std::span<const double> weights) {
  DatasetSource whole = sets.front().source();
  whole.path.clear();
  whole.layout.clear();
  whole.notes.clear();
  whole.unused_rows = 0;
  bool agree = true;
  for (std::size_t i = 0; i < sets.size(); ++i) {
    const DatasetSource& source = sets[i].source();
    const double weight = weights.empty() ? 1 : weights[i];
    whole.parts.push_back(
        {source.path, weight, std::ssize(sets[i].episodes()), sets[i].transitions()});
    whole.path += (i > 0 ? ", " : "") + source.path;
    if (whole.layout.find(source.layout) == std::string::npos) {
      whole.layout += (whole.layout.empty() ? "" : ", ") + source.layout;
    }
    for (const std::string& note : source.notes) {
      whole.notes.push_back(fmt::format("{}: {}", source.path, note));
    }
    if (i > 0) whole.id = whole.id.empty() || source.id.empty() ? "" : whole.id + "+" + source.id;
    whole.unused_rows += source.unused_rows;
    agree = agree && same_env(whole, source);
    if (whole.action_low != source.action_low || whole.action_high != source.action_high) {
      whole.action_low = whole.action_high = {};
    }
    if (!same(whole.reference, source.reference)) whole.reference.reset();
    if (!same(whole.own_reference, source.own_reference)) whole.own_reference.reset();
  }
  if (!agree) {
    whole.env = whole.stated_env = whole.env_config = whole.env_kwargs = "";
    whole.eval_env = whole.eval_kwargs = "";
    whole.notes.emplace_back("its parts name different environments");
  }
  return whole;
}

}  // namespace

Trajectories merge(std::vector<Trajectories> sets, std::span<const double> weights, bool any_env) {
  SEQRL_CHECK(!sets.empty() && (weights.empty() || weights.size() == sets.size()));
  if (sets.size() == 1) return std::move(sets.front());
  for (const Trajectories& set : sets) require_alike(sets.front(), set, any_env);
  DatasetSource source = source_of(sets, weights);
  TransitionArrays arrays{.observation_dim = sets.front().observation_dim(),
                          .action_dim = sets.front().action_dim()};
  const auto join = [&](auto&& values_of) {
    std::size_t size = 0;
    for (const Trajectories& set : sets) size += values_of(set).size();
    std::vector<float> all;
    all.reserve(size);
    for (const Trajectories& set : sets) {
      const std::span<const float> values = values_of(set);
      all.insert(all.end(), values.begin(), values.end());
    }
    return Buffer<float>(std::move(all));
  };
  arrays.observations = join([](const Trajectories& set) { return set.observations(); });
  arrays.actions = join([](const Trajectories& set) { return set.actions(); });
  arrays.rewards = join([](const Trajectories& set) { return set.rewards(); });
  if (std::ranges::all_of(sets, &Trajectories::has_next_observations)) {
    arrays.next_observations =
        join([](const Trajectories& set) { return set.next_observations(); });
  }
  std::vector<Episode> episodes;
  std::int64_t rows = 0;
  for (std::size_t i = 0; i < sets.size(); ++i) {
    for (Episode episode : sets[i].episodes()) {
      episode.begin += rows;
      episode.weight = weights.empty() ? 1 : weights[i];
      episodes.push_back(episode);
    }
    rows += sets[i].transitions();
  }
  sets.clear();
  return Trajectories(std::move(arrays), std::move(episodes), std::move(source),
                      {.keep_cut_episodes = true});
}

}  // namespace seqrl
