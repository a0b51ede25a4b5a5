#include "tools/reports/axis.h"

#include <cmath>

#include "tests/catch.h"

using namespace seqrl;
using namespace seqrl::tools;

namespace {

std::vector<std::string> labels(const Axis& axis) {
  std::vector<std::string> all;
  for (const Tick& tick : axis.ticks) all.push_back(tick.label);
  return all;
}

using Labels = std::vector<std::string>;

}  // namespace

TEST_CASE("an axis has a few ticks with short, round labels") {
  CHECK(labels(linear_axis(0, 1e6, false)) == Labels{"0", "0.2M", "0.4M", "0.6M", "0.8M", "1M"});
  CHECK(labels(linear_axis(0, 40000, false)) == Labels{"0", "10k", "20k", "30k", "40k"});
  CHECK(labels(linear_axis(-177, -6, false)) == Labels{"-150", "-100", "-50"});
  CHECK(labels(linear_axis(100000, 100010, false)) ==
        Labels{"100000", "100002", "100004", "100006", "100008", "100010"});
}

TEST_CASE("an axis of numbers that differ in their last bits is that of one number") {
  for (const double value : {0.1, 1000.0, -3e-5, 1e300}) {
    const double next = std::nextafter(std::nextafter(value, INFINITY), INFINITY);
    CHECK(labels(linear_axis(value, next, true)) == labels(linear_axis(value, value, true)));
  }
  const double next = std::nextafter(0.1, 1);
  CHECK(labels(logarithmic_axis(0.1, next, 10)) == labels(logarithmic_axis(0.1, 0.1, 10)));
}

TEST_CASE("a logarithmic axis ends near its data, and has ticks however short it is") {
  const Axis cost = logarithmic_axis(16, 2048, 2);
  CHECK(cost.low > 8);
  CHECK(cost.high < 4096);
  CHECK(labels(cost) == Labels{"16", "32", "64", "128", "256", "512", "1024", "2048"});
  CHECK(labels(logarithmic_axis(1.5, 12, 10)) == Labels{"2", "5", "10"});
  CHECK(labels(logarithmic_axis(1, 1e5, 10)) == Labels{"1", "10", "100", "1000", "10k", "100k"});
  CHECK(labels(logarithmic_axis(1.1, 1.2, 10)).size() > 2);
  CHECK(labels(logarithmic_axis(1, 1 << 20, 2)).size() <= 9);
}

TEST_CASE("a linear axis covers its data, with two to ten ticks") {
  for (const double low : {-1e6, -3.0, 0.0, 1e-9, 0.7, 12345.0}) {
    for (const double span : {0.0, 1e-3, 1.0, 170.0, 9.9e7}) {
      const bool room = GENERATE(false, true);
      INFO(low << " " << span);
      const Axis axis = linear_axis(low, low + span, room);
      CHECK(axis.low <= low);
      CHECK(axis.high >= low + span);
      CHECK(axis.low < axis.high);
      CHECK(axis.ticks.size() >= 2);
      CHECK(axis.ticks.size() <= 10);
      for (const Tick& tick : axis.ticks) CHECK(tick.label.size() <= 12);
    }
  }
}
