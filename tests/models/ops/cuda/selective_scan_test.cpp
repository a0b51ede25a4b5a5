#include "models/ops/selective_scan.h"

#include "models/ops/cuda/selective_scan.h"
#include "models/ops/elementwise.h"
#include "models/ops/rearrange.h"
#include "tests/catch.h"
#include "tests/models/cuda/compare.h"

using namespace seqrl;

namespace {

struct Sizes {
  std::int64_t batch, time, inner, state;
};

// Shapes of u, dt, dt_bias, a_log, b, c, d.
std::vector<Shape> shapes(const Sizes& s) {
  return {{s.batch, s.time, s.inner}, {s.batch, s.time, s.inner}, {s.inner}, {s.inner, s.state},
          {s.batch, s.time, s.state}, {s.batch, s.time, s.state}, {s.inner}};
}

}  // namespace

TEST_CASE("selective_scan on CUDA matches the CPU") {
  // More channels than a block, more tokens than a chunk, more components than registers hold.
  for (const Sizes& s : {Sizes{2, 3, 4, 3},
                         {1, 1, 1, 1},
                         {2, 17, 67, 16},
                         {1, 8, 33, 2},
                         {1, 9, 3, 33},
                         {3, 31, 130, 16},
                         {2, 0, 3, 2},
                         {0, 2, 3, 2}}) {
    CAPTURE(s.batch, s.time, s.inner, s.state);
    CHECK(DeviceComparison{}(shapes(s), [](Tape&, const auto& in) {
            return selective_scan({in[0], in[1], in[2], in[3], in[4], in[5], in[6], {}});
          }) == "");
  }
}

TEST_CASE("selective_scan on CUDA continues from a state, which it overwrites") {
  const Sizes s{2, 11, 5, 3};
  const auto start = draws(s.batch * s.state * s.inner, 50);
  CHECK(DeviceComparison{}(shapes(s), [&](Tape& tape, const auto& in) {
          return dispatch(in[0].dtype(), [&]<typename T>(T) {
            const Tensor state = make_constant(tape, {s.batch, s.state, s.inner},
                                               std::vector<T>(start.begin(), start.end()));
            const Tensor y =
                selective_scan({in[0], in[1], in[2], in[3], in[4], in[5], in[6], state}, state);
            const Tensor end = state.reshaped({s.batch, 3, 5});  // rows that fit next to y's
            return concatenate_last(slice_last(y.reshaped({s.batch, 55}), 0, 15),
                                    end.reshaped({s.batch, 15}));
          });
        }) == "");
}
