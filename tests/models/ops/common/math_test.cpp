#include "models/ops/common/math.h"

#include <bit>
#include <limits>

#include "tests/catch.h"

using namespace seqrl;

namespace {

// Largest error in units of the last place over [low, high].
template <typename F, typename G>
double worst_ulp(F ours, G exact, double low, double high) {
  double worst = 0;
  for (int i = 0; i <= 200000; ++i) {
    const auto x = static_cast<float>(low + (high - low) * i / 200000);
    const double y = exact(static_cast<double>(x));
    const auto rounded = std::abs(static_cast<float>(y));
    const double ulp = std::nextafter(rounded, std::numeric_limits<float>::infinity()) - rounded;
    worst = std::max(worst, std::abs(static_cast<double>(ours(x)) - y) / ulp);
  }
  return worst;
}

}  // namespace

TEST_CASE("float32 functions have their documented accuracy") {
  CHECK(worst_ulp([](float x) { return math::exp(x); }, [](double x) { return std::exp(x); }, -86,
                  87) <= 2);
  CHECK(worst_ulp([](float x) { return math::sigmoid(x); },
                  [](double x) { return 1 / (1 + std::exp(-x)); }, -80, 80) <= 3);
  CHECK(worst_ulp([](float x) { return math::tanh(x); }, [](double x) { return std::tanh(x); }, -12,
                  12) <= 4);
  CHECK(worst_ulp([](float x) { return math::softplus(x); },
                  [](double x) { return std::log1p(std::exp(x)); }, -60, 60) <= 4);
}

TEST_CASE("NaN is propagated, and large arguments give finite results") {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  CHECK(std::isnan(math::exp(nan)));
  CHECK(std::isnan(math::tanh(nan)));
  CHECK(std::isnan(math::sigmoid(nan)));
  // Whatever its other bits: tests fill uninitialised memory with such numbers.
  for (std::uint32_t bits : {0x7FC00000u, 0x7FF80000u, 0xFFFFFFFFu, 0x7F800001u}) {
    CHECK(std::isnan(math::exp(std::bit_cast<float>(bits))));
    CHECK(std::isnan(math::sigmoid(std::bit_cast<float>(bits))));
    CHECK(std::isnan(math::softplus(std::bit_cast<float>(bits))));
  }
  for (float x : {-1e30f, -200.0f, 200.0f, 1e30f}) {
    CHECK(std::isfinite(math::exp(x)));
    CHECK(std::abs(math::tanh(x)) == 1);
    CHECK(std::isfinite(math::sigmoid(x)));
  }
}
