#include "models/ops/norm.h"

#include <cmath>
#include <cstddef>
#include <vector>

#include "models/ops/elementwise.h"
#include "tests/catch.h"
#include "tests/models/gradient_check.h"

using namespace seqrl;

TEST_CASE("layer_norm agrees with finite differences") {
  for (auto [rows, dim] : {std::array{3, 4}, {1, 2}, {5, 33}, {0, 3}, {2, 64}}) {
    CHECK(GradientCheck{}({{rows, dim}, {dim}, {dim}}, [](Tape&, const auto& in) {
            return layer_norm(in[0], in[1], in[2]);
          }) == "");
  }
}

namespace {

// The mean and 1/√(variance + 1e-5) of a row.
struct Row {
  double mean = 0, scale = 0;
  Row(const double* x, int dim) {
    for (int i = 0; i < dim; ++i) mean += x[i] / dim;
    double variance = 0;
    for (int i = 0; i < dim; ++i) variance += (x[i] - mean) * (x[i] - mean) / dim;
    scale = 1 / std::sqrt(variance + 1e-5);
  }
};

}  // namespace

TEST_CASE("layer_norm matches a plain loop in float32 and float64") {
  for (auto [rows, dim] : {std::array{3, 4}, {1, 1}, {5, 33}, {2, 128}}) {
    const auto size = static_cast<std::size_t>(rows) * static_cast<std::size_t>(dim);
    const std::vector<double> x = draws(rows * dim, 0, -3, 5);
    const std::vector<double> weight = draws(dim, 1), bias = draws(dim, 2);
    std::vector<double> expected(size);
    for (int r = 0; r < rows; ++r) {
      const Row row(&x[static_cast<std::size_t>(r * dim)], dim);
      for (int i = 0; i < dim; ++i) {
        const auto at = static_cast<std::size_t>(r * dim + i), j = static_cast<std::size_t>(i);
        expected[at] = (x[at] - row.mean) * row.scale * weight[j] + bias[j];
      }
    }
    Tape tape;
    const auto check = [&, rows = rows, dim = dim]<typename T>(T, double tolerance) {
      tape.begin({});
      const auto input = [&](Shape shape, const std::vector<double>& values) {
        return make_input(tape, shape, std::vector<T>(values.begin(), values.end()));
      };
      const Tensor in = input({rows, dim}, x), w = input({dim}, weight);
      const Tensor y = layer_norm(in, w, input({dim}, bias));
      for (std::size_t i = 0; i < size; ++i) {
        CHECK(static_cast<double>(y.data<T>()[i]) == Approx(expected[i]).margin(tolerance));
      }
    };
    check(double{}, 1e-12);
    check(float{}, 2e-5);
  }
}

TEST_CASE("add_dropout_norm agrees with finite differences") {
  GradientCheck check;
  check.pass.training = true;
  CHECK(check({{3, 32}, {3, 32}, {32}, {32}}, [](Tape&, const auto& in) {
          const auto [sum, y] = add_dropout_norm(in[0], in[1], 0.3, in[2], in[3]);
          return multiply(sum, y);
        }) == "");
}

TEST_CASE("layer_norm rejects a missing bias and weights and biases of a wrong size") {
  Tape tape;
  tape.begin({});
  const Tensor x = make_input(tape, {2, 3}, std::vector<float>(6));
  const Tensor three = make_input(tape, {3}, std::vector<float>(3));
  const Tensor four = make_input(tape, {4}, std::vector<float>(4));
  CHECK_THROWS_WITH(layer_norm(x, four, three), "layer_norm: weight has shape (4), expected (3)");
  CHECK_THROWS_WITH(layer_norm(x, three, four), "layer_norm: bias has shape (4), expected (3)");
  CHECK_THROWS_WITH(layer_norm(x, three, {}), "layer_norm: bias is missing");
}
