#include "agents/collection/random_policy.h"

#include <cmath>
#include <numeric>

#include "configs/base/error.h"

namespace seqrl {

RandomPolicy::RandomPolicy(const Space& actions, std::uint64_t seed, std::uint32_t first)
    : space_(actions), seed_(seed), first_(first) {
  for (std::size_t i = 0; i < space_.low.size(); ++i) {
    const double width = space_.high[i] - space_.low[i];
    SEQRL_REQUIRE(std::isfinite(width),
                  "random actions need a bounded action space; give every actuator ctrllimited and "
                  "ctrlrange");
    if (width > 0) log_probability_ -= std::log(width);  // a dimension without width has no density
  }
  if (space_.is_discrete()) log_probability_ = -std::log(space_.choices);
}

void RandomPolicy::begin(std::span<const double> targets) {
  episodes_.resize(targets.size());
  std::iota(episodes_.begin(), episodes_.end(), first_);
  timestep_ = 0;
  log_probabilities_.assign(targets.size(), log_probability_);
}

void RandomPolicy::act(std::span<const double>, std::span<const double>,
                       std::span<double> actions) {
  const auto dim = static_cast<std::size_t>(space_.dim());
  SEQRL_CHECK(actions.size() == episodes_.size() * dim);
  for (std::size_t row = 0; row < episodes_.size(); ++row) {
    Random random(seed_, Purpose::exploration, timestep_, episodes_[row]);
    for (std::size_t i = 0; i < dim; ++i) {
      actions[row * dim + i] = draw_uniform(space_, i, random);
    }
  }
  ++timestep_;
}

void RandomPolicy::keep(std::span<const std::int64_t> rows) {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    episodes_[i] = episodes_[static_cast<std::size_t>(rows[i])];
  }
  episodes_.resize(rows.size());
  log_probabilities_.resize(rows.size());
}

std::unique_ptr<Policy> RandomPolicy::fork(std::span<const std::int64_t> rows) const {
  auto part = std::make_unique<RandomPolicy>(*this);
  part->keep(rows);
  return part;
}

}  // namespace seqrl
