#include "models/ops/loss.h"

#include <array>
#include <cmath>

#include "models/ops/elementwise.h"
#include "tests/catch.h"
#include "tests/models/cuda/compare.h"

using namespace seqrl;

TEST_CASE("the squared error on CUDA matches the CPU and ignores masked rows") {
  for (auto [rows, dim] : {std::array{3, 4}, {1, 1}, {300, 3}, {33, 257}, {700, 33}}) {
    CAPTURE(rows, dim);
    CHECK(DeviceComparison{}({{rows, dim}}, [&, n = rows, d = dim](Tape& tape, const auto& in) {
            return dispatch(in[0].dtype(), [&]<typename T>(T) {
              std::vector<T> mask(static_cast<std::size_t>(n), T(1));
              std::vector<T> target(static_cast<std::size_t>(n * d), T(0.25));
              if (n > 1) {
                mask[1] = 0;
                target[static_cast<std::size_t>(d)] = std::numeric_limits<T>::quiet_NaN();
              }
              return masked_mean_squared_error(in[0], make_constant(tape, {n, d}, target),
                                               make_constant(tape, {n}, mask), n);
            });
          }) == "");
  }
}

TEST_CASE("cross entropy on CUDA matches the CPU over the rows with a target") {
  for (auto [rows, classes] : {std::array{3, 4}, {1, 1}, {300, 2}, {33, 257}}) {
    CAPTURE(rows, classes);
    std::vector<std::int32_t> targets;
    for (int r = 0; r < rows; ++r) targets.push_back(r % 5 == 1 ? -1 : r % classes);
    CHECK(DeviceComparison{.low = -20, .high = 20}(
              {{rows, classes}}, [&, n = rows](Tape& tape, const auto& in) {
                const Tensor of = make_constant(tape, {n}, targets);
                return add(cross_entropy(in[0], of, 7), cross_entropy(in[0], of, 3));
              }) == "");
  }
}

TEST_CASE("the masked cross entropy on CUDA matches the CPU and ignores masked rows") {
  for (auto [rows, classes] : {std::array{3, 4}, {1, 1}, {300, 2}, {33, 257}}) {
    CAPTURE(rows, classes);
    CHECK(DeviceComparison{.low = -20, .high = 20}(
              {{rows, classes}}, [&, n = rows, c = classes](Tape& tape, const auto& in) {
                return dispatch(in[0].dtype(), [&]<typename T>(T) {
                  std::vector<T> mask(static_cast<std::size_t>(n), T(1));
                  std::vector<T> target(static_cast<std::size_t>(n * c), T(1) / T(c));
                  if (n > 1) {
                    mask[1] = 0;
                    target[static_cast<std::size_t>(c)] = std::numeric_limits<T>::quiet_NaN();
                  }
                  const Tensor of = make_constant(tape, {n, c}, target);
                  const Tensor counts = make_constant(tape, {n}, mask);
                  return add(masked_cross_entropy(in[0], of, counts, n),
                             masked_cross_entropy(in[0], of, counts, 3));
                });
              }) == "");
  }
}

TEST_CASE("an invalid target makes the loss NaN on CUDA") {
  Tape tape(Device::cuda);
  tape.begin({});
  const Tensor logits = make_constant(tape, {2, 2}, std::vector<float>{1, 2, 3, 4});
  const Tensor targets = make_constant(tape, {2}, std::vector<std::int32_t>{0, 2});
  CHECK(std::isnan(values_of<float>(cross_entropy(logits, targets, 2))[0]));
}
