#include "tools/reports/statistics.h"

#include <algorithm>

#include "tests/catch.h"

using namespace seqrl;
using namespace seqrl::tools;

TEST_CASE("the interquartile mean is scipy's trim_mean(values, 0.25)") {
  // By its definition: int(n / 4) values are cut from each end.
  CHECK(interquartile_mean({3}) == 3);
  CHECK(interquartile_mean({1, 2, 9}) == Approx(4));
  CHECK(interquartile_mean({9, 1, 2, 4}) == Approx(3));
  CHECK(interquartile_mean({8, 1, 7, 2, 6, 3, 5, 400}) == Approx(5.25));
  CHECK(interquartile_mean({5, -1, 4, 0, 100}) == Approx(3));
}

TEST_CASE("the deviation over seeds is the sample deviation, and one seed has none") {
  const MeanStd several = mean_std({2, 4, 4, 4, 5, 5, 7, 9});
  CHECK(several.mean == 5);
  CHECK(*several.std == Approx(2.138089935));
  CHECK(!mean_std({7}).std);
}

TEST_CASE("quantiles are interpolated as in numpy") {
  CHECK(quantile({4, 1, 3, 2}, 0) == 1);
  CHECK(quantile({4, 1, 3, 2}, 1) == 4);
  CHECK(quantile({4, 1, 3, 2}, 0.5) == 2.5);
  CHECK(quantile({4, 1, 3, 2}, 0.025) == Approx(1.075));
}

TEST_CASE("the bootstrap interval matches that of all resamples within the strata") {
  // Three runs of one task, two of another: 27 · 4 resamples, all equally likely.
  const std::vector<std::vector<double>> strata = {{10, 20, 60}, {50, 90}};
  std::vector<double> all;
  for (int i = 0; i < 108; ++i) {
    const auto a = [&](int place) { return strata[0][static_cast<std::size_t>(place % 3)]; };
    const auto b = [&](int place) { return strata[1][static_cast<std::size_t>(place % 2)]; };
    all.push_back(interquartile_mean({a(i), a(i / 3), a(i / 9), b(i / 27), b(i / 54)}));
  }
  std::ranges::sort(all);
  const Interval interval = bootstrap_interval(strata, 200000, 1);
  // 0.025 · 108 = 2.7 and 0.975 · 108 = 105.3: within the third value and the third from the end.
  CHECK(interval.low == Approx(all[2]));
  CHECK(interval.high == Approx(all[105]));
}

TEST_CASE("the bootstrap is a function of its seed") {
  const std::vector<std::vector<double>> strata = {{1, 5, 2, 8, 4}, {3, 9, 4, 7, 1}};
  const Interval first = bootstrap_interval(strata, 500, 3),
                 again = bootstrap_interval(strata, 500, 3);
  CHECK((first.low == again.low && first.high == again.high));
  const Interval other = bootstrap_interval(strata, 500, 4);
  CHECK((first.low != other.low || first.high != other.high));
}

TEST_CASE("the interval of a mean uses Student's t") {
  // scipy.stats.t.ppf(0.975, n - 1) / sqrt(n - 1), of a deviation of 1
  CHECK(mean_half_width(1, 2) == Approx(12.7062).epsilon(1e-3));
  CHECK(mean_half_width(1, 5) == Approx(2.77645 / 2).epsilon(2e-3));
  CHECK(mean_half_width(1, 6) == Approx(2.57058 / std::sqrt(5)).epsilon(2e-3));
  CHECK(mean_half_width(1, 11) == Approx(2.22814 / std::sqrt(10)).epsilon(1e-3));
  CHECK(mean_half_width(3, 101) == Approx(3 * 1.98397 / 10).epsilon(1e-4));
}
