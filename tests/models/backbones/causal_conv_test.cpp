#include "models/backbones/causal_conv.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "models/nn/parameter_block.h"
#include "tests/catch.h"
#include "tests/models/gradient_check.h"

using namespace seqrl;

namespace {

constexpr std::int64_t kDim = 3, kKernel = 4, kTime = 9;

struct ConvModel {
  explicit ConvModel(Activation activation = Activation::none)
      : conv(&root, "conv", kDim, kKernel, activation), block(root, DType::f64, 1) {}
  Module root{nullptr, ""};
  CausalConv conv;
  ParameterBlock block;
};

}  // namespace

TEST_CASE("a causal convolution matches a plain loop over the last tokens") {
  const ConvModel model;
  const std::vector<double> x = draws(kTime * kDim, 0);
  const double* weight = model.conv.weight.value().data<double>();
  const double* bias = model.conv.bias.value().data<double>();
  Tape tape;
  tape.begin({});
  const Tensor y = model.conv(make_input(tape, {1, kTime, kDim}, x));
  for (std::int64_t t = 0; t < kTime; ++t) {
    for (std::int64_t i = 0; i < kDim; ++i) {
      double expected = bias[i];
      for (std::int64_t j = 0; j < kKernel; ++j) {
        const std::int64_t from = t - (kKernel - 1) + j;
        if (from < 0) continue;
        expected += weight[i * kKernel + j] * x[static_cast<std::size_t>(from * kDim + i)];
      }
      CHECK(y.data<double>()[t * kDim + i] == Approx(expected).epsilon(1e-13));
    }
  }
}

TEST_CASE("a causal convolution continues from its window in chunks of any length") {
  const ConvModel model(Activation::silu);
  const std::vector<double> x = draws(kTime * kDim, 0);
  Tape tape;
  tape.begin({});
  const Tensor whole = model.conv(make_input(tape, {1, kTime, kDim}, x));
  const std::vector<double> expected(whole.data<double>(), whole.data<double>() + whole.size());
  for (const std::int64_t chunk : {1, 2, 5}) {
    CAPTURE(chunk);
    const Shape shape = model.conv.window_shape();
    CHECK(shape == Shape{kKernel - 1, kDim});
    const Storage memory(static_cast<std::size_t>(shape.size()) * sizeof(double));
    const Tensor window(memory.data(), {1, shape[0], shape[1]}, DType::f64);
    for (std::int64_t first = 0; first < kTime; first += chunk) {
      const std::int64_t time = std::min(chunk, kTime - first);
      tape.begin({});
      const auto begin = x.begin() + first * kDim;
      const Tensor y = model.conv(
          make_input(tape, {1, time, kDim}, std::vector<double>(begin, begin + time * kDim)),
          &window);
      for (std::int64_t i = 0; i < y.size(); ++i) {
        CHECK(y.data<double>()[i] ==
              Approx(expected[static_cast<std::size_t>(first * kDim + i)]).epsilon(1e-13));
      }
    }
  }
}

TEST_CASE("weights and biases of a causal convolution are initialized like PyTorch's Conv1d") {
  const ConvModel model;
  const double bound = 1 / std::sqrt(static_cast<double>(kKernel));
  for (const Parameter* parameter : {&model.conv.weight, &model.conv.bias}) {
    double largest = 0;
    for (const double value : parameter->value().span<double>()) {
      largest = std::max(largest, std::abs(value));
    }
    CHECK(largest <= bound);
    CHECK(largest > bound / 4);
  }
}
