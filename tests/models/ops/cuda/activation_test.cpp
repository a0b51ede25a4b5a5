#include "models/ops/activation.h"

#include "tests/catch.h"
#include "tests/models/cuda/compare.h"

using namespace seqrl;

TEST_CASE("activations on CUDA match the CPU") {
  for (const Activation activation : {Activation::none, Activation::relu, Activation::gelu,
                                      Activation::silu, Activation::tanh, Activation::sigmoid}) {
    for (const Shape& shape : {Shape{0}, {1}, {3, 11}, {257}}) {
      CAPTURE(static_cast<int>(activation), shape.text());
      CHECK(DeviceComparison{.low = -4, .high = 4}(
                {shape}, [&](Tape&, const auto& in) { return activate(in[0], activation); }) == "");
    }
  }
}
