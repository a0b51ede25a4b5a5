#include "agents/policies/action_decoder.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "configs/base/error.h"
#include "configs/base/random.h"

namespace seqrl {
namespace {

// A choice sampled with the probabilities softmax(logits), and its log probability.
struct Draw {
  std::size_t choice;
  double log_probability;
};

Draw draw(std::span<const float> logits, Random& random) {
  const auto largest = static_cast<double>(*std::ranges::max_element(logits));
  const auto weight = [&](float logit) { return std::exp(static_cast<double>(logit) - largest); };
  double sum = 0;
  for (const float logit : logits) sum += weight(logit);
  double left = random.uniform() * sum;
  std::size_t choice = 0;  // rounding can leave a remainder: then the last possible one
  for (std::size_t i = 0; i < logits.size(); ++i) {
    if (weight(logits[i]) == 0) continue;
    choice = i;
    left -= weight(logits[i]);
    if (left < 0) break;
  }
  return {choice, static_cast<double>(logits[choice]) - largest - std::log(sum)};
}

}  // namespace

void ActionDecoder::begin(std::int64_t episodes) {
  timestep_ = 0;
  log_probabilities_.assign(static_cast<std::size_t>(episodes), 0);
  episodes_.clear();
  if (!always_) return;
  seed_ = always_->seed;
  episodes_.resize(static_cast<std::size_t>(episodes));
  std::iota(episodes_.begin(), episodes_.end(), always_->first);
}

void ActionDecoder::sample(std::uint64_t seed, std::span<const std::uint32_t> episodes) {
  SEQRL_CHECK(episodes.size() == log_probabilities_.size() && timestep_ == 0);
  seed_ = seed;
  episodes_.assign(episodes.begin(), episodes.end());
}

void ActionDecoder::sample_from(std::uint64_t seed, std::uint32_t first) {
  always_ = Draws{seed, first};
}

void ActionDecoder::decode(std::span<float> outputs, std::span<double> actions) {
  if (scale_->choices() == 0) {
    std::ranges::copy(outputs, actions.begin());
    scale_->to_environment(actions);
    return;
  }
  const auto choices = static_cast<std::size_t>(scale_->choices());
  SEQRL_CHECK(outputs.size() == actions.size() * choices &&
              actions.size() == log_probabilities_.size());
  for (std::size_t row = 0; row < actions.size(); ++row) {
    actions[row] = choose(outputs.subspan(row * choices, choices), row);
  }
  ++timestep_;
}

// Returns the index of a choice and replaces its logits by one-hot.
double ActionDecoder::choose(std::span<float> logits, std::size_t row) {
  if (std::ranges::any_of(logits, [](float logit) { return std::isnan(logit); })) {
    return std::numeric_limits<double>::quiet_NaN();
  }
  std::size_t choice = 0;
  if (episodes_.empty()) {
    choice = static_cast<std::size_t>(std::ranges::max_element(logits) - logits.begin());
  } else {
    Random random(seed_, Purpose::exploration, timestep_, episodes_[row]);
    const Draw drawn = draw(logits, random);
    choice = drawn.choice;
    log_probabilities_[row] = drawn.log_probability;
  }
  std::ranges::fill(logits, 0.0f);
  logits[choice] = 1;
  return static_cast<double>(choice);
}

void ActionDecoder::keep(std::span<const std::int64_t> rows) {
  if (log_probabilities_.empty()) return;  // nothing has begun
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto from = static_cast<std::size_t>(rows[i]);
    log_probabilities_[i] = log_probabilities_[from];
    if (!episodes_.empty()) episodes_[i] = episodes_[from];
  }
  log_probabilities_.resize(rows.size());
  if (!episodes_.empty()) episodes_.resize(rows.size());
}

}  // namespace seqrl
