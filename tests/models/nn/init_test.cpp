#include "models/nn/init.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "tests/catch.h"

using namespace seqrl;

namespace {

std::vector<double> drawn(const Init& init, std::uint32_t index = 0) {
  std::vector<double> values(20000, -7.0);
  Random random(1, Purpose::initialization, 0, index);
  init(random, values);
  return values;
}

double mean(const std::vector<double>& values) {
  double sum = 0;
  for (const double v : values) sum += v;
  return sum / static_cast<double>(values.size());
}

}  // namespace

TEST_CASE("constant initializers fill all values") {
  CHECK(drawn(init::zeros()) == std::vector<double>(20000, 0.0));
  CHECK(drawn(init::ones()) == std::vector<double>(20000, 1.0));
  CHECK(drawn(init::constant(0.25)) == std::vector<double>(20000, 0.25));
}

TEST_CASE("normal values have the requested deviation and depend only on the random stream") {
  const std::vector<double> values = drawn(init::normal(0.02));
  double squares = 0;
  for (const double v : values) squares += v * v;
  CHECK(std::abs(mean(values)) < 0.0006);
  CHECK(std::sqrt(squares / 20000) == Approx(0.02).epsilon(0.02));
  CHECK(drawn(init::normal(0.02)) == values);
  CHECK(drawn(init::normal(0.02), 1) != values);
}

TEST_CASE("uniform values cover their interval") {
  const auto check = [](const Init& init, double low, double high) {
    const std::vector<double> values = drawn(init);
    const auto [least, most] = std::ranges::minmax(values);
    CHECK(least >= low);
    CHECK(most < high);
    CHECK(least < low + 0.01 * (high - low));
    CHECK(most > high - 0.01 * (high - low));
    CHECK(std::abs(mean(values) - (low + high) / 2) < 0.01 * (high - low));
  };
  check(init::uniform(-3, 1), -3, 1);
  check(init::fan_in_uniform(16), -0.25, 0.25);
  check(init::fan_in_uniform(0), -1, 1);
}
