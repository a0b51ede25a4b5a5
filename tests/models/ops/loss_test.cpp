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
                // The contents of padding must not matter, not even NaN.
                target.data<double>()[row * dim + i] =
                    row % 3 == 2 ? std::numeric_limits<double>::quiet_NaN() : 0.1 * double(row - i);
              }
            }
            return masked_mean_squared_error(in[0], target, mask, 2.5);
          }) == "");
  }
}

TEST_CASE("cross entropy agrees with finite differences, with and without targets") {
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

TEST_CASE("the masked cross entropy agrees with finite differences and ignores padding") {
  for (auto [batch, time, classes] : {std::array{2, 3, 4}, {1, 1, 1}, {3, 5, 7}, {0, 2, 3}}) {
    CHECK(GradientCheck{.low = -4, .high = 4}(
              {{batch, time, classes}},
              [=, batch = batch, time = time, classes = classes](Tape& tape, const auto& in) {
                const Tensor target = tape.constant({batch, time, classes}, DType::f64);
                const Tensor mask = tape.constant({batch, time}, DType::f64);
                for (std::int64_t row = 0; row < batch * time; ++row) {
                  mask.data<double>()[row] = row % 3 == 2 ? 0 : 1;
                  double sum = 0;
                  for (std::int64_t i = 0; i < classes; ++i) sum += double(row + i + 1);
                  for (std::int64_t i = 0; i < classes; ++i) {
                    target.data<double>()[row * classes + i] =
                        row % 3 == 2 ? std::numeric_limits<double>::quiet_NaN()
                                     : double(row + i + 1) / sum;
                  }
                }
                return masked_cross_entropy(in[0], target, mask, 2.5);
              }) == "");
  }
}

TEST_CASE("the masked cross entropy of one-hot targets is the cross entropy of their indices") {
  constexpr std::int64_t kRows = 7, kClasses = 19;
  Tape tape;
  tape.begin({});
  std::vector<double> values = draws(kRows * kClasses, 1, -9, 9);
  values[3] = 800, values[4] = -800;  // its exp() is infinite
  const Tensor logits = make_input<double>(tape, {kRows, kClasses}, values);
  const Tensor target = tape.constant({kRows, kClasses}, DType::f64);
  const Tensor mask = tape.constant({kRows}, DType::f64);
  const Tensor index = tape.constant({kRows}, DType::i32);
  for (std::int32_t r = 0; r < kRows; ++r) {
    const bool counts = r % 3 != 2;
    mask.data<double>()[r] = counts ? 1 : 0;
    index.data<std::int32_t>()[r] = counts ? 4 + r : -1;
    for (std::int32_t i = 0; i < kClasses; ++i) {
      target.data<double>()[r * kClasses + i] = i == 4 + r ? 1 : 0;
    }
  }
  CHECK(masked_cross_entropy(logits, target, mask, 5).data<double>()[0] ==
        Approx(cross_entropy(logits, index, 5).data<double>()[0]).epsilon(1e-14));
  CHECK_THROWS_WITH(masked_cross_entropy(logits, target, mask, 0),
                    "masked_cross_entropy: the whole batch is masked");
  CHECK_THROWS_WITH(masked_cross_entropy(logits, mask, mask, 5),
                    "masked_cross_entropy: target has shape (7), expected (7, 19)");
}

TEST_CASE("cross entropy is the negative log-probability, even for large scores") {
  Tape tape;
  tape.begin({});
  const Tensor targets = tape.constant({3}, DType::i32);
  std::ranges::copy(std::array{2, -7, 0}, targets.data<std::int32_t>());
  const float nan = std::numeric_limits<float>::quiet_NaN();  // unused numbers may be anything
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
