#include "models/ops/loss.h"

#include <cmath>
#include <limits>

#include "tests/catch.h"
#include "tests/models/gradient_check.h"

using namespace seqrl;

TEST_CASE("the masked squared error agrees with finite differences and ignores padding") {
  for (auto [batch, time, dim] : {std::array{2, 3, 4}, {1, 1, 1}, {3, 5, 7}}) {
    CHECK(GradientCheck{}({{batch, time, dim}}, [=, batch = batch, time = time, dim = dim](
                                                    Tape& tape, const auto& in) {
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

TEST_CASE("cross entropy agrees with finite differences, with and without rows that are asked") {
  for (auto [rows, classes, asked] :
       {std::array{6, 4, 1}, {1, 1, 1}, {0, 3, 1}, {7, 5, 1}, {33, 19, 1}, {4, 3, 0}}) {
    CHECK(GradientCheck{.low = -4, .high = 4}(
              {{rows, classes}},
              [rows = rows, classes = classes, asked = asked](Tape& tape, const auto& in) {
                const Tensor targets = tape.constant({rows}, DType::i32);
                for (std::int32_t r = 0; r < rows; ++r) {
                  targets.data<std::int32_t>()[r] = asked && r % 3 != 1 ? r % classes : -1;
                }
                return cross_entropy(in[0], targets, 2.5);
              }) == "");
  }
}

TEST_CASE("cross entropy is the negative log-probability, however large the scores") {
  Tape tape;
  tape.begin({});
  const Tensor targets = tape.constant({3}, DType::i32);
  std::ranges::copy(std::array{2, -7, 0}, targets.data<std::int32_t>());
  const float nan = std::numeric_limits<float>::quiet_NaN();  // what is not asked may be anything
  const Tensor scores = make_input<float>(tape, {3, 3}, {1, 2, 3, nan, nan, nan, 3e4f, -3e4f, 0});
  const double expected = std::log(std::exp(-2.0) + std::exp(-1.0) + 1) / 2;
  CHECK(cross_entropy(scores, targets, 2).data<float>()[0] == Approx(expected));
  targets.data<std::int32_t>()[2] = 1;
  CHECK(cross_entropy(scores, targets, 1).data<float>()[0] == Approx(60000));
  targets.data<std::int32_t>()[2] = 3;
  CHECK_THROWS_WITH(cross_entropy(scores, targets, 1),
                    "cross_entropy: target 3 is not below the 3 classes");
  CHECK_THROWS_WITH(cross_entropy(scores, targets, 0), "cross_entropy: no row has a target");
}
