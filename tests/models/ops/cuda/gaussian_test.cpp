#include "models/ops/gaussian.h"

#include <array>

#include "models/ops/rearrange.h"
#include "tests/catch.h"
#include "tests/models/cuda/compare.h"

using namespace seqrl;

TEST_CASE("squashed_gaussian on CUDA matches the CPU, also clipped and saturated") {
  for (auto [rows, dim, largest] :
       {std::array{3, 2, 1}, {1, 1, 1}, {0, 3, 1}, {300, 3, 4}, {33, 17, 30}}) {
    CAPTURE(rows, dim, largest);
    const auto noise = draws(rows * dim, 7, -2, 2);
    CHECK(DeviceComparison{.low = -double(largest), .high = double(largest)}(
              {{rows, 2 * dim}}, [&, n = rows, d = dim](Tape& tape, const auto& in) {
                return dispatch(in[0].dtype(), [&]<typename T>(T) {
                  const Tensor fixed =
                      make_constant(tape, {n, d}, std::vector<T>(noise.begin(), noise.end()));
                  const auto [action, log_probability] = squashed_gaussian(in[0], fixed);
                  return concatenate_last(action, log_probability.reshaped({n, 1}));
                });
              }) == "");
  }
}
