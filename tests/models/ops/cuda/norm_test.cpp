#include "models/ops/norm.h"

#include <array>

#include "models/ops/elementwise.h"
#include "tests/catch.h"
#include "tests/models/cuda/compare.h"

using namespace seqrl;

TEST_CASE("layer_norm and rms_norm on CUDA are the CPU's") {
  for (auto [rows, dim] :
       {std::array{3, 4}, {1, 2}, {1, 1}, {9, 33}, {0, 3}, {65, 31}, {257, 128}}) {
    CAPTURE(rows, dim);
    // One element is its own mean: only rounding is left of it.
    const DeviceComparison compare{.exact = 1e-9};
    if (dim > 1) {
      CHECK(compare({{rows, dim}, {dim}, {dim}},
                    [](Tape&, const auto& in) { return layer_norm(in[0], in[1], in[2]); }) == "");
      CHECK(compare({{rows, dim}, {dim}}, [](Tape&, const auto& in) {
              return add(in[0], layer_norm(in[0], in[1], in[1]));
            }) == "");
    }
    CHECK(compare({{rows, dim}, {dim}},
                  [](Tape&, const auto& in) { return rms_norm(in[0], in[1]); }) == "");
  }
}
