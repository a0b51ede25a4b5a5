#include "agents/datasets/hold_out.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "configs/base/error.h"
#include "configs/base/random.h"

namespace seqrl {
namespace {

constexpr std::uint64_t kDraw = (std::uint64_t{1} << 56) - 1;  // a step that training never reaches

Trajectories part_of(const Trajectories& data, std::span<const std::size_t> episodes,
                     DatasetSource source) {
  TransitionArrays arrays{.observation_dim = data.observation_dim(),
                          .action_dim = data.action_dim()};
  std::vector<Episode> part;
  std::int64_t rows = 0;
  for (const std::size_t i : episodes) {
    const Episode& episode = data.episodes()[i];
    part.push_back({rows, episode.length, episode.end, episode.weight});
    rows += episode.length;
  }
  const auto gather = [&](std::span<const float> values, std::int64_t dim) {
    std::vector<float> kept;
    kept.reserve(static_cast<std::size_t>(rows * dim));
    for (const std::size_t i : episodes) {
      const Episode& episode = data.episodes()[i];
      const auto of_episode = values.subspan(static_cast<std::size_t>(episode.begin * dim),
                                             static_cast<std::size_t>(episode.length * dim));
      kept.insert(kept.end(), of_episode.begin(), of_episode.end());
    }
    return Buffer<float>(std::move(kept));
  };
  arrays.observations = gather(data.observations(), data.observation_dim());
  arrays.actions = gather(data.actions(), data.action_dim());
  arrays.rewards = gather(data.rewards(), 1);
  return Trajectories(std::move(arrays), std::move(part), std::move(source),
                      {.keep_cut_episodes = true});
}

}  // namespace

HoldOut hold_out(const Trajectories& data, double fraction, std::uint64_t seed) {
  const std::size_t count = data.episodes().size();
  SEQRL_REQUIRE(count >= 2,
                "{}: only one episode, so none can be held out for validation; split it or, with "
                "an environment for evaluation, set dataset.validation=0",
                data.source().path);
  std::vector<std::size_t> order(count);
  std::iota(order.begin(), order.end(), std::size_t{0});
  Random random(seed, Purpose::batch, kDraw);
  for (std::size_t i = count - 1; i > 0; --i) {
    std::swap(order[i], order[static_cast<std::size_t>(random.below(i + 1))]);
  }
  const auto wanted = static_cast<std::size_t>(std::llround(fraction * static_cast<double>(count)));
  const auto middle =
      order.begin() + static_cast<std::ptrdiff_t>(std::clamp<std::size_t>(wanted, 1, count - 1));
  std::sort(order.begin(), middle);
  std::sort(middle, order.end());
  return {part_of(data, {middle, order.end()}, data.source()),
          part_of(data, {order.begin(), middle},
                  {.path = data.source().path, .action_choices = data.action_choices()})};
}

}  // namespace seqrl
