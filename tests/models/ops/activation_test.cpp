#include "models/ops/activation.h"

#include <cmath>
#include <numbers>
#include <vector>

#include "tests/catch.h"
#include "tests/models/gradient_check.h"

using namespace seqrl;

namespace {

double plain(Activation activation, double x) {
  switch (activation) {
    case Activation::none:
      return x;
    case Activation::relu:
      return x > 0 ? x : 0;
    case Activation::gelu:
      return 0.5 * x *
             (1 + std::tanh(std::sqrt(2 / std::numbers::pi) * (x + 0.044715 * x * x * x)));
    case Activation::silu:
      return x / (1 + std::exp(-x));
    case Activation::tanh:
      return std::tanh(x);
    case Activation::sigmoid:
      return 1 / (1 + std::exp(-x));
  }
  return 0;
}

constexpr Activation kAll[] = {Activation::none, Activation::relu, Activation::gelu,
                               Activation::silu, Activation::tanh, Activation::sigmoid};

}  // namespace

TEST_CASE("activations match their formulas in float32 and float64") {
  std::vector<double> x;
  for (int i = -40; i <= 40; ++i) x.push_back(0.25 * i);
  Tape tape;
  const auto check = [&]<typename T>(T, double tolerance) {
    for (const Activation activation : kAll) {
      CAPTURE(static_cast<int>(activation));
      tape.begin({});
      const Tensor y = activate(
          make_input(tape, {std::ssize(x)}, std::vector<T>(x.begin(), x.end())), activation);
      for (std::size_t i = 0; i < x.size(); ++i) {
        CHECK(static_cast<double>(y.data<T>()[i]) ==
              Approx(plain(activation, x[i])).epsilon(tolerance).margin(tolerance));
      }
    }
  };
  check(double{}, 1e-13);
  check(float{}, 2e-6);
}

TEST_CASE("activations agree with finite differences") {
  for (const Activation activation : kAll) {
    CAPTURE(static_cast<int>(activation));
    GradientCheck check;
    check.low = -4, check.high = 4;
    for (const Shape shape : {Shape{3, 7}, Shape{1}, Shape{2, 5, 19}}) {
      CHECK(check({shape}, [&](Tape&, const auto& in) { return activate(in[0], activation); }) ==
            "");
    }
  }
}
