#include "models/ops/layer_loss.h"

#include <array>
#include <cmath>
#include <limits>

#include "tests/catch.h"
#include "tests/models/gradient_check.h"

using namespace seqrl;

TEST_CASE("a layer's squared error agrees with finite differences and ignores padding") {
  for (const Activation activation : {Activation::none, Activation::tanh, Activation::gelu}) {
    for (auto [rows, in, out] : {std::array{4, 3, 2}, {1, 1, 1}, {7, 2, 5}, {0, 2, 3}}) {
      CAPTURE(static_cast<int>(activation), rows, in, out);
      CHECK(GradientCheck{}({{rows, in}, {out, in}, {out}}, [=, rows = rows, out = out](
                                                                Tape& tape, const auto& given) {
              const Tensor target = tape.constant({rows, out}, DType::f64);
              const Tensor mask = tape.constant({rows}, DType::f64);
              for (std::int64_t row = 0; row < rows; ++row) {
                const bool counts = row % 3 != 2;
                mask.data<double>()[row] = counts ? 1 : 0;
                for (std::int64_t i = 0; i < out; ++i) {
                  target.data<double>()[row * out + i] =
                      counts ? 0.1 * double(row - i) : std::numeric_limits<double>::quiet_NaN();
                }
              }
              return linear_squared_error(given[0], given[1], given[2], activation, target, mask,
                                          2.5);
            }) == "");
    }
  }
}

TEST_CASE("a layer's squared error is the error of its outputs") {
  Tape tape;
  tape.begin({});
  const Tensor x = make_input<double>(tape, {3, 2}, {1, 2, -1, 0.5, 9, 9});
  const Tensor weight = make_input<double>(tape, {1, 2}, {0.5, -0.25});
  const Tensor bias = make_input<double>(tape, {1}, {0.125});
  const Tensor target = make_input<double>(tape, {3, 1}, {0.5, -0.5, 7});
  const Tensor mask = make_input<double>(tape, {3}, {1, 1, 0});
  const double first = std::tanh(0.5 - 0.5 + 0.125) - 0.5,
               second = std::tanh(-0.5 - 0.125 + 0.125) + 0.5;
  const auto loss = [&](const Tensor& to, double count) {
    return linear_squared_error(x, weight, bias, Activation::tanh, to, mask, count)
        .data<double>()[0];
  };
  CHECK(loss(target, 4) == Approx((first * first + second * second) / 4).epsilon(1e-12));
  CHECK_THROWS_WITH(loss(mask, 4),
                    "masked_mean_squared_error: target has shape (3), expected (3, 1)");
  CHECK_THROWS_WITH(loss(target, 0), "masked_mean_squared_error: the whole batch is masked");
}
