#include "models/ops/optimizer.h"

#include <cmath>
#include <vector>

#include "configs/base/error.h"
#include "tests/catch.h"
#include "tests/models/gradient_check.h"

using namespace seqrl;

namespace {

template <typename T>
Tensor view(std::vector<T>& values) {
  return {values.data(), {std::ssize(values)}, dtype_of<T>()};
}

op::AdamWRates rates_of(double scale) {
  return {.scale = scale,
          .beta1 = 0.9,
          .beta2 = 0.999,
          .step_size = 0.02,
          .root = 3,
          .epsilon = 1e-8,
          .lr = 0.1};
}

}  // namespace

TEST_CASE("adamw matches a plain loop, with one weight decay per 16 elements") {
  // 16 + 16 + 8 elements: two granules that decay alike, and a shorter one that does not.
  const std::int64_t n = 40;
  const std::vector<double> decay = {0.5, 0.5, 0};
  const op::AdamWRates rates = rates_of(0.25);
  const auto check = [&]<typename T>(T, double tolerance) {
    const auto drawn = [&](std::uint32_t index, double low) {
      const std::vector<double> all = draws(n, index, low, 1);
      return std::vector<T>(all.begin(), all.end());
    };
    std::vector<T> p = drawn(0, -1), m = drawn(1, -1), v = drawn(2, 0), g = drawn(3, -1);
    const std::vector<T> p0 = p, m0 = m, v0 = v, g0 = g;
    adamw({view(p), view(m), view(v), view(g)}, rates, decay);
    for (std::size_t i = 0; i < p.size(); ++i) {
      const double gradient = 0.25 * static_cast<double>(g0[i]);
      const double first = 0.9 * static_cast<double>(m0[i]) + 0.1 * gradient;
      const double second = 0.999 * static_cast<double>(v0[i]) + 0.001 * gradient * gradient;
      const double expected = static_cast<double>(p0[i]) * (1 - 0.1 * decay[i / 16]) -
                              0.02 * first / (std::sqrt(second) * 3 + 1e-8);
      CHECK(static_cast<double>(m[i]) == Approx(first).margin(tolerance));
      CHECK(static_cast<double>(v[i]) == Approx(second).margin(tolerance));
      CHECK(static_cast<double>(p[i]) == Approx(expected).margin(tolerance));
      CHECK(g[i] == 0);
    }
  };
  check(double{}, 1e-14);
  check(float{}, 1e-6);
}

TEST_CASE("updating parts gives the same bits as updating the whole") {
  const op::AdamWRates rates = rates_of(1);
  const auto drawn = [&](std::uint32_t index) {
    const std::vector<double> all = draws(64, index, 0, 1);
    return std::vector<float>(all.begin(), all.end());
  };
  std::vector<float> p = drawn(0), m = drawn(1), v = drawn(2), g = drawn(3);
  std::vector<float> p2 = p, m2 = m, v2 = v, g2 = g;
  adamw({view(p), view(m), view(v), view(g)}, rates, std::vector{0.5, 0.5, 0.5, 0.1});
  const auto part = [](std::vector<float>& all, std::int64_t first) {
    return Tensor(all.data() + first, {32}, DType::f32);
  };
  for (const std::int64_t first : {0, 32}) {
    adamw({part(p2, first), part(m2, first), part(v2, first), part(g2, first)}, rates,
          first == 0 ? std::vector{0.5, 0.5} : std::vector{0.5, 0.1});
  }
  CHECK(p == p2);
  CHECK(m == m2);
  CHECK(v == v2);
}

TEST_CASE("add_and_clear adds elements and clears the source") {
  std::vector<float> sum = {1, 2, 3}, other = {10, 20, 30};
  add_and_clear(view(sum), view(other));
  CHECK(sum == std::vector<float>{11, 22, 33});
  CHECK(other == std::vector<float>{0, 0, 0});
}

TEST_CASE("square_norm is the sum of squares, computed in float64 also for float32") {
  std::vector<float> x(1000, 0.5f);
  x[7] = 4097;  // its square has more digits than float32
  CHECK(square_norm(view(x)) == 4097.0 * 4097.0 + 999 * 0.25);
  std::vector<double> none;
  CHECK(square_norm(view(none)) == 0);
}

TEST_CASE("a Polyak update moves the target by its rate") {
  std::vector<double> from = {1, -2, 3}, to = {5, 2, 3};
  polyak_update(view(from), view(to), 0.25);
  CHECK(to == std::vector<double>{4, 1, 3});
  CHECK(from == std::vector<double>{1, -2, 3});
}

TEST_CASE("updates reject tensors of different sizes") {
  std::vector<float> two(2), three(3);
  CHECK_THROWS_WITH(add_and_clear(view(two), view(three)),
                    "add_and_clear: other has shape (3), expected (2)");
  CHECK_THROWS_WITH(polyak_update(view(two), view(three), 0.5),
                    "polyak_update: target has shape (3), expected (2)");
  CHECK_THROWS_WITH(
      adamw({view(two), view(two), view(three), view(two)}, {}, std::vector<double>(1)),
      "adamw: a tensor has shape (3), expected (2)");
}
