#include "models/ops/conv.h"

#include "models/ops/elementwise.h"
#include "tests/catch.h"
#include "tests/models/gradient_check.h"

using namespace seqrl;

TEST_CASE("causal_conv sums over the last tokens, starting from a context or zeros") {
  Tape tape;
  tape.begin({});
  const auto row = [&](Shape shape, std::vector<double> v) { return make_input(tape, shape, v); };
  const Tensor x = row({1, 3, 2}, {1, 10, 2, 20, 3, 30});
  const Tensor weight = row({2, 2}, {100, 1, 0, 1}), bias = row({2}, {0.5, 0.25});
  const auto values = [](const Tensor& y) {
    return std::vector<double>(y.data<double>(), y.data<double>() + y.size());
  };
  CHECK(values(causal_conv(x, weight, bias, {})) ==
        std::vector<double>{1.5, 10.25, 102.5, 20.25, 203.5, 30.25});
  const Tensor context = row({1, 1, 2}, {7, 70});
  CHECK(values(causal_conv(x, weight, {}, context)) ==
        std::vector<double>{701, 10, 102, 20, 203, 30});
}

TEST_CASE("causal_conv agrees with finite differences") {
  for (const Activation activation : {Activation::none, Activation::silu}) {
    for (std::int64_t kernel = 1; kernel <= kLargestConvKernel; ++kernel) {
      for (const Shape& shape : {Shape{2, 5, 3}, {1, 1, 1}, {1, 3, 33}, {2, 0, 3}, {0, 2, 3}}) {
        CHECK(GradientCheck{}({shape, {shape[2], kernel}, {shape[2]}}, [&](Tape&, const auto& in) {
                return causal_conv(in[0], in[1], in[2], {}, activation);
              }) == "");
      }
    }
    CHECK(GradientCheck{}({{2, 5, 3}, {3, 4}}, [&](Tape& tape, const auto& in) {
            const Tensor context = tape.constant({2, 3, 3}, DType::f64);
            std::ranges::copy(draws(18, 7), context.template data<double>());
            return add(causal_conv(in[0], in[1], {}, context, activation),
                       causal_conv(in[0], in[1], {}, {}, activation));
          }) == "");
  }
}

TEST_CASE("causal_conv rejects unsupported kernel sizes and wrong shapes") {
  Tape tape;
  tape.begin({});
  const Tensor x = tape.constant({1, 2, 3}, DType::f32);
  CHECK_THROWS_WITH(causal_conv(x, tape.constant({3, 9}, DType::f32), {}, {}),
                    "causal_conv: the kernel spans 9 tokens, expected 1 to 8");
  CHECK_THROWS_WITH(causal_conv(x, tape.constant({4, 2}, DType::f32), {}, {}),
                    "causal_conv: weight has shape (4, 2), expected (3, 2)");
}
