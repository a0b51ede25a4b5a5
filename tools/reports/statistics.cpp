#include "tools/reports/statistics.h"

#include <algorithm>
#include <span>

#include "configs/base/error.h"
#include "configs/base/random.h"
#include "configs/base/statistics.h"

namespace seqrl::tools {
namespace {

// As interquartile_mean, in place.
double trimmed_mean(std::vector<double>& values) {
  SEQRL_CHECK(!values.empty());
  std::ranges::sort(values);
  const std::size_t cut = values.size() / 4;
  return mean_of(std::span(values).subspan(cut, values.size() - 2 * cut));
}

}  // namespace

MeanStd mean_std(const std::vector<double>& values) {
  SEQRL_CHECK(!values.empty());
  if (values.size() == 1) return {values.front(), std::nullopt};
  return {mean_of(values), sample_std(values)};
}

double interquartile_mean(std::vector<double> values) {
  return trimmed_mean(values);
}

double quantile(std::vector<double> values, double q) {
  std::ranges::sort(values);
  return sorted_quantile(values, q);
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
