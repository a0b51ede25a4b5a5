#include "models/ops/toy_scale.h"

#include "tests/catch.h"
#include "tests/models/cuda/compare.h"

using namespace seqrl;

TEST_CASE("toy_scale on CUDA matches the CPU") {
  for (auto [rows, dim] : {std::array{3, 4}, {1, 1}, {0, 3}, {65, 33}}) {
    CHECK(DeviceComparison{}({{rows, dim}},
                             [](Tape&, const auto& in) { return toy_scale(in[0], -1.5); }) == "");
  }
}
