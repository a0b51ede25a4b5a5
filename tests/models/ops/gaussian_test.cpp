#include "models/ops/gaussian.h"

#include <cmath>
#include <numbers>

#include "models/ops/elementwise.h"
#include "models/ops/rearrange.h"
#include "tests/catch.h"
#include "tests/models/gradient_check.h"

using namespace seqrl;

TEST_CASE("squashed_gaussian's action and log probability agree with finite differences") {
  for (auto [rows, dim] : {std::array{3, 2}, {1, 1}, {0, 3}, {9, 5}}) {
    const auto noise = draws(rows * dim, 7, -2, 2);
    CHECK(GradientCheck{}({{rows, 2 * dim}}, [&, n = rows, d = dim](Tape& tape, const auto& in) {
            const auto [action, log_probability] =
                squashed_gaussian(in[0], make_input(tape, {n, d}, noise).frozen());
            return concatenate_last(action, log_probability.reshaped({n, 1}));
          }) == "");
  }
}

TEST_CASE("a squashed Gaussian's density is the normal density divided by the slope of tanh") {
  Tape tape;
  tape.begin({});
  const Tensor parameters = make_input<double>(tape, {1, 4}, {0.3, -1, -0.5, 0.2});
  const auto [action, log_probability] =
      squashed_gaussian(parameters, make_input<double>(tape, {1, 2}, {0.7, -1.2}));
  double expected = 0;
  for (auto [mean, log_std, noise, i] :
       {std::tuple{0.3, -0.5, 0.7, 0}, std::tuple{-1.0, 0.2, -1.2, 1}}) {
    const double u = mean + std::exp(log_std) * noise, y = std::tanh(u);
    CHECK(action.data<double>()[i] == Approx(y));
    expected +=
        -0.5 * noise * noise - log_std - 0.5 * std::log(2 * std::numbers::pi) - std::log(1 - y * y);
  }
  CHECK(log_probability.data<double>()[0] == Approx(expected));
}

TEST_CASE("squashed_gaussian stays finite where tanh saturates, and clips the deviation") {
  Tape tape;
  tape.begin({.record = true});
  const Tensor parameters = make_input<float>(tape, {2, 2}, {50, 5, -50, -1000});
  const auto [action, log_probability] =
      squashed_gaussian(parameters, make_input<float>(tape, {2, 1}, {1, 1}).frozen());
  CHECK(action.data<float>()[0] == 1);
  CHECK(action.data<float>()[1] == -1);
  // ln(1 − tanh²(u)) → 2 ln 2 − 2|u|
  const float u = 50 + std::exp(2.0f);
  CHECK(log_probability.data<float>()[0] ==
        Approx(-0.5f - 2 - 0.9189385f + 2 * u - 2 * std::numbers::ln2_v<float>));
  tape.backward(log_probability);
  const Tensor gradient = tape.gradient(parameters);
  for (int i = 0; i < 4; ++i) CHECK(std::isfinite(gradient.data<float>()[i]));
  CHECK(gradient.data<float>()[1] == 0);  // beyond 2
  CHECK(gradient.data<float>()[3] == 0);  // below −20
}
