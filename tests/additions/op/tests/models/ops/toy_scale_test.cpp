#include "models/ops/toy_scale.h"

#include "tests/catch.h"
#include "tests/models/gradient_check.h"

using namespace seqrl;

TEST_CASE("toy_scale multiplies every element") {
  Tape tape;
  tape.begin({});
  const Tensor y = toy_scale(make_input(tape, {3}, std::vector<double>{1, -2, 0.5}), 4);
  CHECK(std::vector<double>(y.data<double>(), y.data<double>() + 3) ==
        std::vector<double>{4, -8, 2});
}

TEST_CASE("toy_scale agrees with finite differences") {
  for (auto [rows, dim] : {std::array{3, 4}, {1, 1}, {0, 3}, {5, 33}}) {
    CHECK(GradientCheck{}({{rows, dim}},
                          [](Tape&, const auto& in) { return toy_scale(in[0], -1.5); }) == "");
  }
}
