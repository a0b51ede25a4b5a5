#include "models/ops/elementwise.h"

#include <cmath>

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

TEST_CASE("sums hand their gradient on to one input each, whatever else uses it") {
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

TEST_CASE(
    "dropout keeps the mean, is a function of seed, step and shard, and sleeps in evaluation") {
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
