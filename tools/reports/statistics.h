// Statistics of a few seeds: means, and interquartile means with bootstrap intervals.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace seqrl::tools {

struct MeanStd {
  double mean = 0;
  std::optional<double> std;  // of the sample (n − 1); absent for a single value
};
MeanStd mean_std(const std::vector<double>& values);  // at least one

// The mean without the ⌊n/4⌋ lowest and highest values. Source: Agarwal et al., "Deep RL at the
// Edge of the Statistical Precipice", arXiv 2108.13264; the same as scipy's trim_mean(values,
// 0.25), which the paper's rliable uses.
double interquartile_mean(std::vector<double> values);  // at least one

// The q-quantile, 0 <= q <= 1, interpolated linearly between the values.
double quantile(std::vector<double> values, double q);  // at least one

struct Interval {
  double low, high;
};

// Half the width of the 95 % interval of a mean of n ≥ 2 values, from their standard deviation as
// in evaluations (divided by n): Student's t, within 0.2 % of its quantile.
double mean_half_width(double std, std::int64_t n);

// The 95 % percentile interval of the interquartile mean of all values by stratified bootstrap:
// each resample draws, with replacement, as many values from every stratum (the runs of one task)
// as it has. Source: as for interquartile_mean(). A pure function of its arguments.
Interval bootstrap_interval(const std::vector<std::vector<double>>& strata, std::int64_t resamples,
                            std::uint64_t seed);

}  // namespace seqrl::tools
