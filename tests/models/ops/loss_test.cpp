#include "models/ops/loss.h"

#include <limits>

#include "tests/catch.h"
#include "tests/models/gradient_check.h"

using namespace seqrl;

TEST_CASE("the masked squared error agrees with finite differences and ignores padding") {
  for (auto [batch, time, dim] : {std::array{2, 3, 4}, {1, 1, 1}, {3, 5, 7}}) {
    CHECK(GradientCheck{}({{batch, time, dim}}, [=](Tape& tape, const auto& in) {
            const Tensor target = tape.constant({batch, time, dim}, DType::f64);
            const Tensor mask = tape.constant({batch, time}, DType::f64);
            for (std::int64_t row = 0; row < batch * time; ++row) {
              mask.data<double>()[row] = row % 3 == 2 ? 0 : 1;
              for (std::int64_t i = 0; i < dim; ++i) {
                // What padding holds must not matter, not even NaN.
                target.data<double>()[row * dim + i] =
                    row % 3 == 2 ? std::numeric_limits<double>::quiet_NaN() : 0.1 * double(row - i);
              }
            }
            return masked_mean_squared_error(in[0], target, mask, 2.5);
          }) == "");
  }
}

TEST_CASE("soft_policy_loss is SAC's: entropy against the smaller critic") {
  Tape tape;
  tape.begin({});
  const Tensor log_probability = make_input<double>(tape, {2}, {-1, 3});
  const Tensor values = make_input<double>(tape, {2, 2}, {5, 4, -2, 7});
  CHECK(soft_policy_loss(log_probability, values, 0.5, 4).data<double>()[0] ==
        Approx((0.5 * -1 - 4 + 0.5 * 3 + 2) / 4));
  for (auto [rows, critics] : {std::array{3, 2}, {1, 1}, {0, 2}, {17, 3}}) {
    CHECK(GradientCheck{}({{rows}, {rows, critics}}, [](Tape&, const auto& in) {
            return soft_policy_loss(in[0], in[1], 0.3, 5);
          }) == "");
  }
}
