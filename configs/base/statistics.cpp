#include "configs/base/statistics.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "configs/base/error.h"

namespace seqrl {
namespace {

double squared_deviations(std::span<const double> values, double mean) {
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  return squares;
}

}  // namespace

double mean_of(std::span<const double> values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

Moments moments(std::span<const double> values) {
  const double mean = mean_of(values);
  const double squares = squared_deviations(values, mean);
  return {mean, std::sqrt(squares / static_cast<double>(values.size()))};
}

double sample_std(std::span<const double> values) {
  SEQRL_CHECK(values.size() > 1);
  const double squares = squared_deviations(values, mean_of(values));
  return std::sqrt(squares / static_cast<double>(values.size() - 1));
}

double sorted_quantile(std::span<const double> values, double q) {
  SEQRL_CHECK(!values.empty() && q >= 0 && q <= 1);
  const double place = q * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const std::size_t above = std::min(below + 1, values.size() - 1);
  return std::lerp(values[below], values[above], place - static_cast<double>(below));
}

}  // namespace seqrl
