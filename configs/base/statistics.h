// Means, deviations and quantiles of plain numbers.
#pragma once

#include <span>

namespace seqrl {

// NaN of no values.
double mean_of(std::span<const double> values);

// The mean, and the standard deviation of the values themselves (divided by n); NaN of no values.
struct Moments {
  double mean = 0, std = 0;
};
Moments moments(std::span<const double> values);

// The standard deviation of what the values, at least two, are a sample of (divided by n − 1).
double sample_std(std::span<const double> values);

// The q-quantile, 0 <= q <= 1, interpolated linearly between the values: at least one, ascending.
double sorted_quantile(std::span<const double> values, double q);

}  // namespace seqrl
