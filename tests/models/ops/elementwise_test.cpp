#include "models/ops/elementwise.h"

#include <cmath>
#include <cstddef>
#include <functional>
#include <utility>
#include <vector>

#include "models/ops/activation.h"
#include "tests/catch.h"
#include "tests/models/gradient_check.h"

using namespace seqrl;

TEST_CASE("elementwise ops agree with finite differences") {
  GradientCheck training;
  training.pass = {.record = true, .training = true, .seed = 3, .step = 5, .shard = 1};
  for (Shape shape : {Shape{3, 4}, Shape{1}, Shape{0}, Shape{2, 7, 19}}) {
    CHECK(GradientCheck{}({shape, shape},
                          [](Tape&, const auto& in) { return add(in[0], in[1]); }) == "");
    CHECK(GradientCheck{}({shape, shape},
                          [](Tape&, const auto& in) { return multiply(in[0], in[1]); }) == "");
    CHECK(GradientCheck{}({shape, shape},
                          [](Tape&, const auto& in) { return gate_silu(in[0], in[1]); }) == "");
    CHECK(training({shape}, [](Tape&, const auto& in) { return dropout(in[0], 0.3); }) == "");
    CHECK(training({shape, shape},
                   [](Tape&, const auto& in) { return add_dropout(in[0], in[1], 0.3); }) == "");
  }
}

namespace {

double sigmoid(double x) {
  return 1 / (1 + std::exp(-x));
}

// Elements of a result that differ by more than `tolerance` from the expected ones.
template <typename T>
int wrong(const Tensor& y, const std::vector<double>& expected, double tolerance) {
  REQUIRE(y.size() == std::ssize(expected));
  int count = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    count += !(std::abs(static_cast<double>(y.data<T>()[i]) - expected[i]) <= tolerance);
  }
  return count;
}

}  // namespace

TEST_CASE("sums, products and gates match a plain loop in float32 and float64") {
  for (const std::int64_t n : {0, 1, 7, 16, 133}) {
    const std::vector<double> a = draws(n, 0, -4, 4), b = draws(n, 1, -4, 4);
    std::vector<double> sum, product, gated;
    for (std::size_t i = 0; i < a.size(); ++i) {
      sum.push_back(a[i] + b[i]);
      product.push_back(a[i] * b[i]);
      gated.push_back(a[i] * b[i] * sigmoid(b[i]));
    }
    Tape tape;
    const auto check = [&]<typename T>(T, double tolerance) {
      tape.begin({});
      const Tensor x = make_input(tape, {n}, std::vector<T>(a.begin(), a.end()));
      const Tensor y = make_input(tape, {n}, std::vector<T>(b.begin(), b.end()));
      CHECK(wrong<T>(add(x, y), sum, tolerance) == 0);
      CHECK(wrong<T>(multiply(x, y), product, tolerance) == 0);
      CHECK(wrong<T>(gate_silu(x, y), gated, tolerance) == 0);
    };
    check(double{}, 1e-14);
    check(float{}, 4e-6);
  }
}

TEST_CASE("activations match a plain loop in float32 and float64") {
  const std::vector<std::pair<Activation, std::function<double(double)>>> all = {
      {Activation::none, [](double x) { return x; }},
      {Activation::relu, [](double x) { return std::max(x, 0.0); }},
      {Activation::gelu,
       [](double x) {
         const double c = std::sqrt(2 / std::acos(-1.0));
         return 0.5 * x * (1 + std::tanh(c * (x + 0.044715 * x * x * x)));
       }},
      {Activation::silu, [](double x) { return x * sigmoid(x); }},
      {Activation::tanh, [](double x) { return std::tanh(x); }},
      {Activation::sigmoid, sigmoid}};
  const std::vector<double> x = draws(333, 0, -9, 9);
  for (const auto& [activation, plain] : all) {
    INFO(static_cast<int>(activation));
    std::vector<double> expected;
    for (const double v : x) expected.push_back(plain(v));
    Tape tape;
    tape.begin({});
    const Tensor in = make_input(tape, {333}, x);
    const Tensor in32 = make_input(tape, {333}, std::vector<float>(x.begin(), x.end()));
    CHECK(wrong<double>(activate(in, activation), expected, 1e-14) == 0);
    CHECK(wrong<float>(activate(in32, activation), expected, 4e-6) == 0);
  }
}

TEST_CASE("dropout sets each element to 0 or divides it by 1 − p in training") {
  const std::vector<double> x = draws(1000, 0, 1, 2), residual = draws(1000, 1);
  Tape tape;
  tape.begin({.training = true, .seed = 3});
  const Tensor in = make_input(tape, {1000}, x), r = make_input(tape, {1000}, residual);
  const Tensor y = dropout(in, 0.25), z = add_dropout(r, in, 0.25);
  int dropped = 0, other = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double kept = x[i] / 0.75, branch = z.data<double>()[i] - residual[i];
    dropped += y.data<double>()[i] == 0;
    other += y.data<double>()[i] != 0 && std::abs(y.data<double>()[i] - kept) > 1e-12;
    other += std::abs(branch) > 1e-12 && std::abs(branch - kept) > 1e-12;
  }
  CHECK(other == 0);
  CHECK(dropped > 200);
  CHECK(dropped < 300);
}

TEST_CASE("gradients of sums are correct when inputs and results are used several times") {
  CHECK(GradientCheck{}({{3, 4}, {3, 4}}, [](Tape&, const auto& in) {
          const Tensor both = add(in[0], in[1]), twice = add(both, both);
          const Tensor later = multiply(add(twice, in[0]), add(both, in[1]));
          return add(add(later, in[1]), add(later, twice));
        }) == "");
  GradientCheck dropping;
  dropping.pass.training = true;
  CHECK(dropping({{3, 4}, {3, 4}}, [](Tape&, const auto& in) {
          const Tensor sum = add_dropout(in[0], in[1], 0.3);
          return multiply(add_dropout(sum, sum, 0.4), add_dropout(add(in[0], sum), in[0], 0.2));
        }) == "");
}

TEST_CASE("an input used twice gets both gradients") {
  CHECK(GradientCheck{}(
            {{3}}, [](Tape&, const auto& in) { return multiply(add(in[0], in[0]), in[0]); }) == "");
}

TEST_CASE("dropout preserves the mean, depends on seed, step and shard, and is off in evaluation") {
  const std::vector<float> ones(100003, 1.0f);
  const auto masked = [&](Pass pass) {
    Tape tape;
    tape.begin(pass);
    const Tensor y = dropout(make_input(tape, {100003}, ones), 0.1);
    return std::vector<float>(y.data<float>(), y.data<float>() + y.size());
  };
  const Pass pass{.training = true, .seed = 1, .step = 2, .shard = 3};
  const auto first = masked(pass);
  double sum = 0, dropped = 0;
  for (float v : first) sum += v, dropped += v == 0;
  CHECK(std::abs(dropped / 100003 - 0.1) < 0.003);
  CHECK(std::abs(sum / 100003 - 1) < 0.004);
  CHECK(masked(pass) == first);
  for (Pass other : {Pass{.training = true, .seed = 2, .step = 2, .shard = 3},
                     Pass{.training = true, .seed = 1, .step = 3, .shard = 3},
                     Pass{.training = true, .seed = 1, .step = 2, .shard = 4}}) {
    CHECK(masked(other) != first);
  }
  CHECK(masked({.training = false}) == ones);
}
