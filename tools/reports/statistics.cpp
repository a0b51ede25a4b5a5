#include "tools/reports/statistics.h"

#include <algorithm>
#include <array>
#include <cmath>
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

// The 97.5 % quantile of Student's t with `degrees` of freedom: a table, then the normal quantile
// and three terms of its expansion in 1 / degrees (Abramowitz and Stegun, 26.7.5).
double t_quantile(std::int64_t degrees) {
  constexpr std::array kFew = {12.7062, 4.3027, 3.1824, 2.7764};
  if (degrees <= std::ssize(kFew)) return kFew[static_cast<std::size_t>(degrees - 1)];
  constexpr double z = 1.959964, z3 = z * z * z, z5 = z3 * z * z, z7 = z5 * z * z;
  const auto n = static_cast<double>(degrees);
  return z + (z3 + z) / (4 * n) + (5 * z5 + 16 * z3 + 3 * z) / (96 * n * n) +
         (3 * z7 + 19 * z5 + 17 * z3 - 15 * z) / (384 * n * n * n);
}

}  // namespace

MeanStd mean_std(const std::vector<double>& values) {
  SEQRL_CHECK(!values.empty());
  if (values.size() == 1) return {values.front(), std::nullopt};
  return {mean_of(values), sample_std(values)};
}

double mean_half_width(double std, std::int64_t n) {
  SEQRL_CHECK(n >= 2);
  return t_quantile(n - 1) * std / std::sqrt(static_cast<double>(n - 1));
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
