#include "models/ops/flops.h"

#include <vector>

#include "models/ops/linear.h"
#include "models/ops/selective_scan.h"
#include "tests/catch.h"
#include "tests/models/gradient_check.h"

using namespace seqrl;

TEST_CASE("products count two operations for each term") {
  Tape tape;
  tape.begin({});
  const Tensor x = make_input(tape, {5, 3}, std::vector<float>(15));
  const Tensor w = make_input(tape, {4, 3}, std::vector<float>(12));
  const std::uint64_t before = counted_flops();
  linear(x, w, {});
  CHECK(counted_flops() - before == 2 * 5 * 4 * 3);
}

TEST_CASE("a selective scan counts operations for each state component") {
  const std::int64_t batch = 2, time = 5, inner = 70, state = 3;
  Tape tape;
  tape.begin({});
  const auto input = [&](const Shape& shape) {
    return make_input(tape, shape, std::vector<float>(static_cast<std::size_t>(shape.size())));
  };
  const Tensor u = input({batch, time, inner}), dt = input({batch, time, inner});
  const Tensor dt_bias = input({inner}), a_log = input({inner, state}), d = input({inner});
  const Tensor b = input({batch, time, state}), c = input({batch, time, state});
  const std::uint64_t before = counted_flops();
  selective_scan({u, dt, dt_bias, a_log, b, c, d, {}});
  const std::uint64_t forward = counted_flops() - before;
  CHECK(forward == 28 * batch * time * inner * state);
}
