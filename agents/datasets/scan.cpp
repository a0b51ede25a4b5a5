#include "agents/datasets/scan.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <set>
#include <span>
#include <string_view>
#include <utility>

namespace seqrl {
namespace {

std::span<const float> rows(std::span<const float> values, std::int64_t begin, std::int64_t count,
                            std::int64_t dim) {
  return values.subspan(static_cast<std::size_t>(begin * dim),
                        static_cast<std::size_t>(count * dim));
}

}  // namespace

DatasetScan scan_dataset(const Trajectories& data) {
  return {.zero_rows = zero_rows(data),
          .repeated_episodes = repeated_episodes(data),
          .actions = action_range(data),
          .largest_return_to_go = largest_return_to_go(data)};
}

std::int64_t zero_rows(const Trajectories& data) {
  if (data.scan()) return data.scan()->zero_rows;
  const auto zero = [](std::span<const float> values) {
    return std::ranges::all_of(values, [](float value) { return value == 0; });
  };
  std::int64_t count = 0;
  for (std::int64_t i = 0; i < data.transitions(); ++i) {
    count += zero(rows(data.rewards(), i, 1, 1)) &&
             zero(rows(data.actions(), i, 1, data.action_dim())) &&
             zero(rows(data.observations(), i, 1, data.observation_dim()));
  }
  return count;
}

std::int64_t repeated_episodes(const Trajectories& data) {
  if (data.scan()) return data.scan()->repeated_episodes;
  const auto bytes = [](std::span<const float> values) {
    return std::string_view(reinterpret_cast<const char*>(values.data()), values.size_bytes());
  };
  std::set<std::pair<std::size_t, std::size_t>> seen;  // hashes of observations and actions
  std::int64_t repeated = 0;
  for (const Episode& episode : data.episodes()) {
    const std::hash<std::string_view> hash;
    const auto of = [&](std::span<const float> values, std::int64_t dim) {
      return hash(bytes(rows(values, episode.begin, episode.length, dim)));
    };
    const bool is_new = seen.emplace(of(data.observations(), data.observation_dim()),
                                     of(data.actions(), data.action_dim()))
                            .second;
    repeated += !is_new;
  }
  return repeated;
}

ActionRange action_range(const Trajectories& data) {
  if (data.scan()) return data.scan()->actions;
  const auto dim = static_cast<std::size_t>(data.action_dim());
  const std::span<const float> actions = data.actions();
  const auto first = actions.first(dim);
  ActionRange range{{first.begin(), first.end()}, {first.begin(), first.end()}};
  float *low = range.low.data(), *high = range.high.data();
  for (const float* row = actions.data(); row != actions.data() + actions.size(); row += dim) {
    for (std::size_t i = 0; i < dim; ++i) {
      low[i] = std::min(low[i], row[i]);
      high[i] = std::max(high[i], row[i]);
    }
  }
  return range;
}

float largest_return_to_go(const Trajectories& data) {
  if (data.scan()) return data.scan()->largest_return_to_go;
  float largest = 0;
  for (const float value : data.returns_to_go()) largest = std::max(largest, std::abs(value));
  return largest;
}

}  // namespace seqrl
