// Means, deviations and quantiles of plain numbers.
#pragma once

#include <span>

namespace seqrl {

// NaN if there are no values.
double mean_of(std::span<const double> values);

// The mean, and the standard deviation of the values themselves (divided by n); NaN if empty.
struct Moments {
  double mean = 0, std = 0;
};
Moments moments(std::span<const double> values);

// The sample standard deviation (divided by n − 1) of at least two values.
double sample_std(std::span<const double> values);

// The q-quantile, 0 <= q <= 1, of at least one value in ascending order, interpolated linearly.
double sorted_quantile(std::span<const double> values, double q);

}  // namespace seqrl
