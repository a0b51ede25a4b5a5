#include "tools/reports/statistics.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "configs/base/error.h"
#include "configs/base/random.h"

namespace seqrl::tools {
namespace {

double mean_of(const double* first, const double* last) {
  return std::accumulate(first, last, 0.0) / static_cast<double>(last - first);
}

// As interquartile_mean, in place.
double trimmed_mean(std::vector<double>& values) {
  SEQRL_CHECK(!values.empty());
  std::ranges::sort(values);
  const std::size_t cut = values.size() / 4;
  return mean_of(values.data() + cut, values.data() + values.size() - cut);
}

}  // namespace

MeanStd mean_std(const std::vector<double>& values) {
  SEQRL_CHECK(!values.empty());
  MeanStd result{mean_of(values.data(), values.data() + values.size()), std::nullopt};
  if (values.size() == 1) return result;
  double squares = 0;
  for (const double value : values) squares += (value - result.mean) * (value - result.mean);
  result.std = std::sqrt(squares / static_cast<double>(values.size() - 1));
  return result;
}

double interquartile_mean(std::vector<double> values) {
  return trimmed_mean(values);
}

double quantile(std::vector<double> values, double q) {
  SEQRL_CHECK(!values.empty() && q >= 0 && q <= 1);
  std::ranges::sort(values);
  const double place = q * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const std::size_t above = std::min(below + 1, values.size() - 1);
  return std::lerp(values[below], values[above], place - static_cast<double>(below));
}

Interval bootstrap_interval(const std::vector<std::vector<double>>& strata, std::int64_t resamples,
                            std::uint64_t seed) {
  SEQRL_CHECK(resamples > 0);
  std::vector<double> means, drawn;
  for (std::int64_t i = 0; i < resamples; ++i) {
    Random random(seed, Purpose::bootstrap, static_cast<std::uint64_t>(i));
    drawn.clear();
    for (const std::vector<double>& values : strata) {
      for (std::size_t n = 0; n < values.size(); ++n) {
        drawn.push_back(values[random.below(values.size())]);
      }
    }
    means.push_back(trimmed_mean(drawn));
  }
  return {quantile(means, 0.025), quantile(means, 0.975)};
}

}  // namespace seqrl::tools
