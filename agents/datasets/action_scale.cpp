#include "agents/datasets/action_scale.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "configs/base/error.h"

namespace seqrl {
namespace {

// The range of float32 within [low, high]; [low, high] itself if it contains no float32.
std::pair<double, double> float_range(double low, double high) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  auto lowest = static_cast<float>(low), highest = static_cast<float>(high);
  if (static_cast<double>(lowest) < low) lowest = std::nextafter(lowest, kInfinity);
  if (static_cast<double>(highest) > high) highest = std::nextafter(highest, -kInfinity);
  if (lowest > highest) return {low, high};
  return {static_cast<double>(lowest), static_cast<double>(highest)};
}

}  // namespace

ActionScale::ActionScale(std::span<const double> low, std::span<const double> high)
    : low_(low.begin(), low.end()), high_(high.begin(), high.end()) {
  SEQRL_CHECK(low.size() == high.size());
  const auto is_one = [](double low_end, double high_end) {
    return low_end == -1 && high_end == 1;
  };
  if (std::ranges::equal(low, high, is_one)) return;
  for (std::size_t i = 0; i < low_.size(); ++i) {
    SEQRL_CHECK(std::isfinite(low_[i]) && std::isfinite(high_[i]) && low_[i] <= high_[i]);
    center_.push_back(low_[i] / 2 + high_[i] / 2);
    half_.push_back(high_[i] / 2 - low_[i] / 2);
    if (half_[i] > 0) log_density_ -= std::log(half_[i]);
    const auto [lowest, highest] = float_range(low_[i], high_[i]);
    lowest_.push_back(lowest);
    highest_.push_back(highest);
  }
}

ActionScale ActionScale::of_choices(int count) {
  SEQRL_CHECK(count > 0);
  ActionScale scale;
  scale.choices_ = count;
  return scale;
}

void ActionScale::to_agent(std::span<const float> actions, std::span<float> scaled) const {
  if (choices_ > 0) {
    SEQRL_CHECK(scaled.size() == actions.size() * static_cast<std::size_t>(choices_));
    for (std::size_t i = 0; i < scaled.size(); ++i) {
      const std::size_t n = static_cast<std::size_t>(choices_);
      scaled[i] = actions[i / n] == static_cast<float>(i % n) ? 1.0f : 0.0f;
    }
    return;
  }
  if (low_.empty()) {
    std::ranges::copy(actions, scaled.begin());
    return;
  }
  const std::size_t dim = low_.size();
  for (std::size_t i = 0; i < actions.size(); ++i) {
    float action = actions[i];
    if (scales()) {
      const double half = half_[i % dim];
      const double offset = static_cast<double>(action) - center_[i % dim];
      action = half > 0 ? static_cast<float>(offset / half) : 0.0f;
    }
    scaled[i] = std::clamp(action, -1.0f, 1.0f);
  }
}

void ActionScale::to_environment(std::span<double> actions) const {
  SEQRL_CHECK(choices_ == 0);
  const std::size_t dim = low_.size();
  for (std::size_t i = 0; i < actions.size(); ++i) {
    double& action = actions[i];
    if (scales()) action = center_[i % dim] + half_[i % dim] * action;
    action = static_cast<double>(static_cast<float>(action));
    if (scales()) action = std::clamp(action, lowest_[i % dim], highest_[i % dim]);
  }
}

}  // namespace seqrl
