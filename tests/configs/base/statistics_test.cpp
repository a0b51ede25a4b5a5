#include "configs/base/statistics.h"

#include <cmath>
#include <vector>

#include "tests/catch.h"

using namespace seqrl;

TEST_CASE("population and sample standard deviation are distinguished") {
  const std::vector<double> values = {2, 4, 4, 4, 5, 5, 7, 9};
  CHECK(mean_of(values) == 5);
  CHECK(moments(values).mean == 5);
  CHECK(moments(values).std == 2);
  CHECK(sample_std(values) == Approx(2 * std::sqrt(8.0 / 7)));
}

TEST_CASE("the deviation of one value is 0, and the mean of no values is NaN") {
  const std::vector<double> one = {3}, none;
  CHECK(moments(one).std == 0);
  CHECK(std::isnan(mean_of(none)));
  CHECK(std::isnan(moments(none).std));
}

TEST_CASE("quantiles are interpolated between sorted values as in NumPy") {
  const std::vector<double> values = {1, 2, 3, 4};
  CHECK(sorted_quantile(values, 0) == 1);
  CHECK(sorted_quantile(values, 1) == 4);
  CHECK(sorted_quantile(values, 0.5) == 2.5);
  CHECK(sorted_quantile(values, 0.025) == Approx(1.075));
}
