#include "agents/datasets/trajectories.h"

#include <algorithm>
#include <cmath>

#include "agents/datasets/finite.h"
#include "configs/base/error.h"
#include "configs/base/hash.h"

namespace seqrl {
namespace {

std::uint64_t hash_of(std::int64_t observation_dim, std::int64_t action_dim,
                      std::span<const Episode> episodes, std::span<const float> observations,
                      std::span<const float> actions, std::span<const float> rewards) {
  Hash64 hash;
  hash.add(static_cast<std::uint64_t>(observation_dim));
  hash.add(static_cast<std::uint64_t>(action_dim));
  for (const Episode& episode : episodes) {
    hash.add(static_cast<std::uint64_t>(episode.length));
    hash.add(static_cast<std::uint64_t>(episode.end));
  }
  hash.add(observations);
  hash.add(actions);
  hash.add(rewards);
  return hash.result();
}

}  // namespace

std::string_view to_string(EndKind end) {
  switch (end) {
    case EndKind::terminated:
      return "terminated";
    case EndKind::timeout:
      return "timeout";
    case EndKind::cut:
      return "cut";
  }
  return "unknown";
}

Trajectories::Trajectories(TransitionArrays arrays, std::vector<Episode> episodes,
                           DatasetSource source, const LoadOptions& options)
    : arrays_(std::move(arrays)), episodes_(std::move(episodes)), source_(std::move(source)) {
  if (source_.path.empty()) source_.path = "the dataset";
  check_sizes();
  check_finite();
  check_choices();
  if (options.split_after > 0) split_long_episodes(options.split_after);
  if (!options.keep_cut_episodes) drop_cut_episodes();
  compute_returns();
  compute_statistics();
  totals_.fingerprint =
      hash_of(observation_dim(), action_dim(), episodes_, observations(), actions(), rewards());
}

Trajectories::Trajectories(TransitionArrays arrays, std::vector<Episode> episodes,
                           DatasetSource source, DatasetTotals totals)
    : arrays_(std::move(arrays)),
      episodes_(std::move(episodes)),
      source_(std::move(source)),
      totals_(std::move(totals)) {
  check_sizes();
  SEQRL_CHECK(returns_to_go().size() == rewards().size() && returns().size() == episodes_.size() &&
              std::ssize(observation_mean()) == observation_dim() &&
              std::ssize(observation_std()) == observation_dim());
}

void Trajectories::check_sizes() const {
  const std::string& path = source_.path;
  const std::int64_t n = transitions();
  SEQRL_REQUIRE(n > 0, "{} holds no transitions", path);
  SEQRL_REQUIRE(observation_dim() > 0 && action_dim() > 0,
                "{}: observations have {} dimensions and actions {}; both need at least 1", path,
                observation_dim(), action_dim());
  const auto check = [&](std::string_view array, std::size_t size, std::int64_t dim) {
    SEQRL_REQUIRE(size == static_cast<std::size_t>(n * dim),
                  "{}: '{}' holds {} numbers where {} transitions of {} dimensions need {}", path,
                  array, size, n, dim, n * dim);
  };
  check("observations", arrays_.observations.size(), observation_dim());
  check("actions", arrays_.actions.size(), action_dim());
  if (has_next_observations()) {
    check("next_observations", arrays_.next_observations.size(), observation_dim());
  }
  std::int64_t end = 0;
  for (const Episode& episode : episodes_) {
    SEQRL_REQUIRE(episode.begin == end && episode.length > 0 && episode.length <= n - end,
                  "{}: the episode from transition {} with {} transitions does not follow the "
                  "previous one, which ends at {} of {}",
                  path, episode.begin, episode.length, end, n);
    end += episode.length;
  }
  SEQRL_REQUIRE(end == n, "{}: the episodes cover {} of {} transitions", path, end, n);
}

void Trajectories::check_finite() const {
  const auto check = [&](std::string_view array, std::span<const float> values, std::int64_t dim) {
    if (all_finite(values)) return;
    const auto bad = std::find_if(values.begin(), values.end(),
                                  [](float value) { return !std::isfinite(value); });
    const std::int64_t index = bad - values.begin(), row = index / dim;
    const auto after = std::upper_bound(
        episodes_.begin(), episodes_.end(), row,
        [](std::int64_t position, const Episode& episode) { return position < episode.begin; });
    reject("{}: '{}' holds {} at transition {} (episode {}, step {}), dimension {}", source_.path,
           array, *bad, row, after - episodes_.begin() - 1, row - std::prev(after)->begin,
           index % dim);
  };
  check("observations", observations(), observation_dim());
  check("actions", actions(), action_dim());
  check("rewards", rewards(), 1);
  check("next_observations", next_observations(), observation_dim());
}

void Trajectories::check_choices() const {
  const int choices = action_choices();
  if (choices == 0) return;
  SEQRL_REQUIRE(action_dim() == 1,
                "{}: actions are discrete ({} choices), but 'actions' holds {} numbers per action",
                source_.path, choices, action_dim());
  const auto bad = std::ranges::find_if(actions(), [&](float action) {
    return !(action >= 0 && action < static_cast<float>(choices) && action == std::floor(action));
  });
  SEQRL_REQUIRE(
      bad == actions().end(),
      "{}: 'actions' holds {} at transition {}, which is not one of its {} choices 0 … {}",
      source_.path, *bad, bad - actions().begin(), choices, choices - 1);
}

void Trajectories::split_long_episodes(std::int64_t most) {
  std::vector<Episode> parts;
  std::int64_t split = 0;
  for (Episode rest : episodes_) {
    split += rest.length > most;
    for (; rest.length > most; rest.begin += most, rest.length -= most) {
      parts.push_back({rest.begin, most, EndKind::timeout, rest.weight});
    }
    parts.push_back(rest);
  }
  if (split == 0) return;
  episodes_ = std::move(parts);
  source_.notes.push_back(fmt::format(
      "{} longer than {} steps and split after every {}",
      split == 1 ? "an episode was" : fmt::format("{} episodes were", split), most, most));
}

void Trajectories::drop_cut_episodes() {
  std::vector<Episode> kept;
  std::int64_t end = 0;
  const auto move = [&](Buffer<float>& buffer, const Episode& episode, std::int64_t dim) {
    if (buffer.empty() || episode.begin == end) return;
    float* values = buffer.values().data();
    std::copy_n(values + episode.begin * dim, episode.length * dim, values + end * dim);
  };
  for (const Episode& episode : episodes_) {
    if (episode.end == EndKind::cut) continue;
    move(arrays_.observations, episode, observation_dim());
    move(arrays_.actions, episode, action_dim());
    move(arrays_.rewards, episode, 1);
    move(arrays_.next_observations, episode, observation_dim());
    kept.push_back({end, episode.length, episode.end, episode.weight});
    end += episode.length;
  }
  const std::int64_t dropped = transitions() - end;
  const std::size_t dropped_episodes = episodes_.size() - kept.size();
  SEQRL_REQUIRE(end > 0,
                "{}: none of its {} transitions belong to an episode with an end; mark where "
                "episodes end, or train on it unchanged with dataset.keep_cut_episodes=true",
                source_.path, dropped);
  if (dropped > 0) {
    source_.notes.push_back(fmt::format(
        "{} transitions of {} without an end were excluded", dropped,
        dropped_episodes == 1 ? "an episode" : fmt::format("{} episodes", dropped_episodes)));
  }
  episodes_ = std::move(kept);
  arrays_.truncate(end);
}

void Trajectories::compute_returns() {
  const std::span<const float> reward = rewards();
  if (arrays_.returns_to_go.size() != reward.size()) {
    arrays_.returns_to_go = Buffer<float>(std::vector<float>(reward.size()));
  }
  const std::span<float> returns_to_go = arrays_.returns_to_go.values();
  for (const Episode& episode : episodes_) {
    double sum = 0;
    for (std::int64_t i = episode.begin + episode.length - 1; i >= episode.begin; --i) {
      sum += reward[static_cast<std::size_t>(i)];
      returns_to_go[static_cast<std::size_t>(i)] = static_cast<float>(sum);
    }
    totals_.returns.push_back(sum);
    if (!std::isfinite(static_cast<float>(sum))) reject_return(episode, sum);
  }
}

void Trajectories::reject_return(const Episode& episode, double sum) const {
  const auto largest =
      std::ranges::max_element(rewards().subspan(static_cast<std::size_t>(episode.begin),
                                                 static_cast<std::size_t>(episode.length)),
                               {}, [](float reward) { return std::abs(reward); });
  reject(
      "{}: the rewards of the episode from transition {} add up to {:.4g}, beyond float32 "
      "(±3.4e+38): 'rewards' holds {:.4g} at transition {}; divide the rewards in the file by a "
      "constant",
      source_.path, episode.begin, sum, *largest, &*largest - rewards().data());
}

void Trajectories::compute_statistics() {
  // Two passes: mean(x²) − mean² loses digits.
  const auto dim = static_cast<std::size_t>(observation_dim());
  const auto n = static_cast<double>(transitions());
  const std::span<const float> values = observations();
  totals_.observation_mean.assign(dim, 0);
  totals_.observation_std.assign(dim, 0);
  double* mean = totals_.observation_mean.data();
  double* variance = totals_.observation_std.data();
  for (const float* row = values.data(); row != values.data() + values.size(); row += dim) {
    for (std::size_t i = 0; i < dim; ++i) mean[i] += row[i];
  }
  for (std::size_t i = 0; i < dim; ++i) mean[i] /= n;
  for (const float* row = values.data(); row != values.data() + values.size(); row += dim) {
    for (std::size_t i = 0; i < dim; ++i) {
      const double difference = row[i] - mean[i];
      variance[i] += difference * difference;
    }
  }
  for (std::size_t i = 0; i < dim; ++i) variance[i] = std::sqrt(variance[i] / n);
}

std::uint64_t Trajectories::fingerprint_of_complete() const {
  std::vector<Episode> complete;
  std::vector<float> observation, action, reward;
  const auto append = [](std::vector<float>& to, std::span<const float> from,
                         const Episode& episode, std::int64_t dim) {
    const auto begin = from.begin() + episode.begin * dim;
    to.insert(to.end(), begin, begin + episode.length * dim);
  };
  for (const Episode& episode : episodes_) {
    if (episode.end == EndKind::cut) continue;
    complete.push_back(episode);
    append(observation, observations(), episode, observation_dim());
    append(action, actions(), episode, action_dim());
    append(reward, rewards(), episode, 1);
  }
  if (complete.empty() || complete.size() == episodes_.size()) return fingerprint();
  return hash_of(observation_dim(), action_dim(), complete, observation, action, reward);
}

}  // namespace seqrl
