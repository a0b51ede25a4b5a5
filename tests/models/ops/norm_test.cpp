#include "models/ops/norm.h"

#include "models/ops/elementwise.h"
#include "tests/catch.h"
#include "tests/models/gradient_check.h"

using namespace seqrl;

TEST_CASE("layer_norm and rms_norm agree with finite differences") {
  for (auto [rows, dim] : {std::array{3, 4}, {1, 2}, {5, 33}, {0, 3}, {2, 64}}) {
    CHECK(GradientCheck{}({{rows, dim}, {dim}, {dim}}, [](Tape&, const auto& in) {
            return layer_norm(in[0], in[1], in[2]);
          }) == "");
    CHECK(GradientCheck{}({{rows, dim}, {dim}},
                          [](Tape&, const auto& in) { return rms_norm(in[0], in[1]); }) == "");
  }
}

TEST_CASE("add_dropout_norm is the layer norm of the sum, and agrees with finite differences") {
  GradientCheck check;
  check.pass.training = true;
  CHECK(check({{3, 32}, {3, 32}, {32}, {32}}, [](Tape&, const auto& in) {
          const auto [sum, y] = add_dropout_norm(in[0], in[1], 0.3, in[2], in[3]);
          return multiply(sum, y);
        }) == "");
}
