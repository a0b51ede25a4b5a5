#include "agents/datasets/windows.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "configs/base/error.h"
#include "configs/base/random.h"

namespace seqrl {
namespace {

std::size_t product(std::int64_t a, std::int64_t b, std::int64_t c = 1) {
  return static_cast<std::size_t>(a * b * c);
}

constexpr double kMostTickets = 1 << 20;  // per transition

}  // namespace

Batch::Batch(std::int64_t batch_, std::int64_t context_, std::int64_t observation_dim_,
             std::int64_t action_dim_)
    : batch(batch_),
      context(context_),
      observation_dim(observation_dim_),
      action_dim(action_dim_),
      observations(product(batch_, context_, observation_dim_)),
      actions(product(batch_, context_, action_dim_)),
      returns_to_go(product(batch_, context_)),
      timesteps(product(batch_, context_)),
      mask(product(batch_, context_)) {}

WindowShares window_shares(const Trajectories& data) {
  WindowShares shares;
  std::vector<double> weights;
  for (const Episode& episode : data.episodes()) {
    if (weights.empty() || episode.weight != weights.back()) {
      SEQRL_REQUIRE(shares.count < WindowShares::kMost,
                    "{}: more than {} datasets with different weights", data.source().path,
                    WindowShares::kMost);
      weights.push_back(episode.weight);
      ++shares.count;
    }
    shares.shares[weights.size() - 1].transitions += episode.length;
  }
  const double largest = std::ranges::max(weights);
  const bool whole = largest <= kMostTickets && std::ranges::all_of(weights, [](double weight) {
                       return weight == std::floor(weight);
                     });
  std::int64_t divisor = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const double exact = whole ? weights[i] : weights[i] / largest * kMostTickets;
    shares.shares[i].tickets = std::max<std::int64_t>(1, std::llround(exact));
    divisor = std::gcd(divisor, shares.shares[i].tickets);
  }
  for (WindowShares::Share& share : shares.shares) share.tickets /= divisor;
  return shares;
}

WindowSampler::WindowSampler(const Trajectories& data, std::int64_t context, double return_scale,
                             std::uint64_t seed)
    : WindowSampler(data, context, DataScale::of(data, return_scale), seed) {}

WindowSampler::WindowSampler(const Trajectories& data, std::int64_t context, const DataScale& scale,
                             std::uint64_t seed)
    : data_(data),
      context_(context),
      scale_(scale),
      inverse_return_scale_(1 / scale.returns),
      seed_(seed),
      shares_(window_shares(data)) {
  SEQRL_REQUIRE(context > 0, "the context must be at least 1 timestep, got {}", context);
  SEQRL_REQUIRE(scale.returns > 0 && std::isfinite(inverse_return_scale_),
                "the return scale must be positive, got {}", scale.returns);
  double largest = 0;
  for (const double total : data.returns()) largest = std::max(largest, std::abs(total));
  SEQRL_REQUIRE(std::isfinite(static_cast<float>(largest * inverse_return_scale_)),
                "agent.return_scale: {} is too small: {} divided by it is not a finite float32",
                scale.returns, largest);
}

Batch WindowSampler::make_batch(std::int64_t batch) const {
  SEQRL_REQUIRE(batch > 0, "a batch needs at least 1 window, got {}", batch);
  return Batch(batch, context_, data_.observation_dim(), action_dim());
}

Window WindowSampler::window(std::uint64_t step, std::int64_t row) const {
  Random random(seed_, Purpose::batch, step, static_cast<std::uint32_t>(row));
  const std::int64_t transition = shares_.draw(random);
  const std::vector<Episode>& episodes = data_.episodes();
  const auto after = std::upper_bound(
      episodes.begin(), episodes.end(), transition,
      [](std::int64_t position, const Episode& episode) { return position < episode.begin; });
  const auto episode = std::prev(after);
  const std::int64_t start = transition - episode->begin;
  return {episode - episodes.begin(), start, std::min(context_, episode->length - start)};
}

void WindowSampler::fill(std::uint64_t step, std::int64_t first, std::int64_t last,
                         Batch& batch) const {
  SEQRL_CHECK(batch.context == context_ && batch.observation_dim == data_.observation_dim() &&
              batch.action_dim == action_dim());
  SEQRL_CHECK(0 <= first && first <= last && last <= batch.batch);
  for (std::int64_t row = first; row < last; ++row) fill_row(window(step, row), row, batch);
}

void WindowSampler::fill_row(const Window& window, std::int64_t row, Batch& batch) const {
  const std::int64_t observation_dim = batch.observation_dim, action_dim = batch.action_dim;
  const std::int64_t begin =
      data_.episodes()[static_cast<std::size_t>(window.episode)].begin + window.start;
  const std::int64_t out = row * context_, padding = context_ - window.length;

  const float* observation = data_.observations().data() + begin * observation_dim;
  float* normalized = batch.observations.data() + out * observation_dim;
  for (std::int64_t t = 0; t < window.length; ++t) {
    scale_.observations.apply(observation + t * observation_dim, normalized + t * observation_dim);
  }
  std::fill_n(normalized + window.length * observation_dim, padding * observation_dim, 0.0f);

  float* actions = batch.actions.data() + out * action_dim;
  const std::int64_t recorded_dim = data_.action_dim();
  const std::size_t count = product(window.length, action_dim);
  scale_.actions.to_agent(
      {data_.actions().data() + begin * recorded_dim, product(window.length, recorded_dim)},
      {actions, count});
  std::fill_n(actions + count, padding * action_dim, 0.0f);

  const float* return_to_go = data_.returns_to_go().data() + begin;
  for (std::int64_t t = 0; t < context_; ++t) {
    const bool real = t < window.length;
    const auto i = static_cast<std::size_t>(out + t);
    batch.returns_to_go[i] =
        real ? static_cast<float>(return_to_go[t] * inverse_return_scale_) : 0.0f;
    batch.timesteps[i] = real ? static_cast<std::int32_t>(window.start + t) : 0;
    batch.mask[i] = real ? 1.0f : 0.0f;
  }
}

}  // namespace seqrl
