#include "models/ops/recurrent.h"

#include <array>
#include <cmath>

#include "models/ops/elementwise.h"
#include "models/ops/linear.h"
#include "tests/catch.h"
#include "tests/models/cuda/compare.h"

using namespace seqrl;

TEST_CASE("gru and lstm on CUDA match the CPU, from zeros and from a state") {
  for (const int gates : {3, 4}) {
    // 300 units: a thread sums up all of a unit's elements; 520: more units than a block has
    // threads.
    for (auto [batch, time, hidden] : {std::array{2, 3, 4},
                                       {1, 1, 1},
                                       {5, 7, 33},
                                       {9, 20, 31},
                                       {0, 2, 2},
                                       {2, 0, 2},
                                       {2, 2, 300},
                                       {2, 2, 520}}) {
      CAPTURE(gates, batch, time, hidden);
      const std::vector<Shape> shapes = {
          {batch, time, gates * hidden}, {gates * hidden, hidden}, {gates * hidden}};
      const double bound = 1 / std::sqrt(hidden);  // of initial weights: rounding does not grow
      const DeviceComparison compare{.low = -bound, .high = bound};
      const auto run = [gates](const auto& in, const Tensor& h, const Tensor& c) {
        return gates == 3 ? gru(in[0], in[1], in[2], h) : lstm(in[0], in[1], in[2], h, c);
      };
      CHECK(compare(shapes, [&](Tape&, const auto& in) { return run(in, {}, {}); }) == "");
      CHECK(compare(shapes, [&, b = batch, n = hidden](Tape& tape, const auto& in) {
              return dispatch(in[0].dtype(), [&]<typename T>(T) {
                const auto drawn = draws(b * n, 7);
                const std::vector<T> start(drawn.begin(), drawn.end());
                const Tensor h = make_constant(tape, {b, n}, start);
                const Tensor c = make_constant(tape, {b, n}, start);
                const Tensor first = run(in, h, c);
                return add(first, run(in, h, c));  // continues from the first run's end
              });
            }) == "");
    }
  }
}

TEST_CASE("gru and lstm on CUDA sum the gradients of their inputs for the layer before them") {
  for (const int gates : {3, 4}) {
    // 300 units: some threads have two units.
    for (auto [batch, time, hidden] :
         {std::array{2, 3, 4}, {9, 5, 31}, {0, 2, 2}, {2, 0, 2}, {300, 2, 2}, {3, 4, 300}}) {
      CAPTURE(gates, batch, time, hidden);
      const std::int64_t width = gates * hidden;
      const double bound = 1 / std::sqrt(hidden);
      const DeviceComparison compare{.low = -bound, .high = bound};
      const std::vector<Shape> shapes = {
          {batch, time, 2}, {width, 2}, {width}, {width, hidden}, {width}};
      const auto run = [gates](const Tensor& inputs, const auto& in) {
        return gates == 3 ? gru(inputs, in[3], in[4]) : lstm(inputs, in[3], in[4]);
      };
      CHECK(compare(shapes, [&](Tape&, const auto& in) {
              return run(linear(in[0], in[1], in[2]), in);
            }) == "");
      CHECK(compare(shapes, [&](Tape&, const auto& in) {
              const Tensor inputs = linear(in[0], in[1], in[2]);
              return add(run(inputs, in), run(inputs, in));
            }) == "");
    }
  }
}
