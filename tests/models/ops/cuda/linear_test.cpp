#include "models/ops/linear.h"

#include <array>

#include "models/ops/elementwise.h"
#include "tests/catch.h"
#include "tests/models/cuda/compare.h"

using namespace seqrl;

TEST_CASE("linear on CUDA is the CPU's, with and without bias and activation") {
  for (auto [rows, in, out] :
       {std::array{3, 4, 5}, {1, 1, 1}, {0, 3, 2}, {65, 33, 31}, {257, 16, 8}}) {
    for (const Activation activation :
         {Activation::none, Activation::relu, Activation::gelu, Activation::tanh}) {
      CAPTURE(rows, in, out, static_cast<int>(activation));
      CHECK(DeviceComparison{}({{rows, in}, {out, in}, {out}}, [&](Tape&, const auto& inputs) {
              return linear(inputs[0], inputs[1], inputs[2], activation);
            }) == "");
    }
    CHECK(DeviceComparison{}({{rows, in}, {out, in}}, [](Tape&, const auto& inputs) {
            return add(linear(inputs[0], inputs[1], {}), linear(inputs[0], inputs[1], {}));
          }) == "");
  }
}

TEST_CASE("linear on CUDA of an x that is its weight, or its bias") {
  CHECK(DeviceComparison{}({{7, 7}}, [](Tape&, const auto& inputs) {
          return linear(inputs[0], inputs[0], {});
        }) == "");
  CHECK(DeviceComparison{}({{7}, {7, 7}}, [](Tape&, const auto& inputs) {
          return linear(inputs[0], inputs[1], inputs[0]);
        }) == "");
}

TEST_CASE("grouped_linear on CUDA is the CPU's") {
  for (auto [rows, in, out] : {std::array{5, 3, 4}, {9, 5, 1}, {70, 16, 33}}) {
    CAPTURE(rows, in, out);
    CHECK(DeviceComparison{}(
              {{rows, 2 * in}, {2 * out, in}, {2 * out}}, [](Tape&, const auto& inputs) {
                return grouped_linear(inputs[0], inputs[1], inputs[2], 2, Activation::relu);
              }) == "");
  }
}
