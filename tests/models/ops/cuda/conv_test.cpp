#include "models/ops/conv.h"

#include <array>

#include "tests/catch.h"
#include "tests/models/cuda/compare.h"

using namespace seqrl;

TEST_CASE("causal_conv on CUDA matches the CPU, from zeros and after a context") {
  for (auto [batch, time, dim, kernel] : {std::array{2, 5, 3, 4},
                                          {1, 1, 1, 1},
                                          {3, 31, 33, 2},
                                          {2, 3, 5, 8},
                                          {3, 100, 7, 3},
                                          {100, 4, 2, 4},
                                          {0, 3, 2, 4},
                                          {2, 0, 2, 4}}) {
    CAPTURE(batch, time, dim, kernel);
    const auto context_values = draws(batch * (kernel - 1) * dim, 50);
    for (const Activation activation : {Activation::none, Activation::silu}) {
      CHECK(DeviceComparison{}({{batch, time, dim}, {dim, kernel}, {dim}},
                               [&](Tape&, const auto& in) {
                                 return causal_conv(in[0], in[1], in[2], {}, activation);
                               }) == "");
      CHECK(DeviceComparison{}({{batch, time, dim}, {dim, kernel}},
                               [&, b = batch, d = dim, k = kernel](Tape& tape, const auto& in) {
                                 const Tensor context = dispatch(in[0].dtype(), [&]<typename T>(T) {
                                   return make_constant(tape, {b, k - 1, d},
                                                        std::vector<T>(context_values.begin(),
                                                                       context_values.end()));
                                 });
                                 return causal_conv(in[0], in[1], {}, context, activation);
                               }) == "");
    }
  }
}
