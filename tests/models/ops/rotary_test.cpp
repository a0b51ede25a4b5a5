#include "models/ops/rotary.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "models/core/tape.h"
#include "models/ops/attention.h"
#include "tests/catch.h"
#include "tests/models/gradient_check.h"

using namespace seqrl;

TEST_CASE("rotary rotates each pair of queries and keys by its angle, but not values") {
  constexpr std::int64_t time = 5, dim = 8, size = 4, first = 7;
  const auto x = draws(time * 3 * dim, 0);
  Tape tape;
  tape.begin({});
  const Tensor y = rotary(make_input(tape, {1, time, 3 * dim}, x),
                          rotary_table(tape, DType::f64, first, time, size));
  for (std::int64_t t = 0; t < time; ++t) {
    for (std::int64_t head = 0; head < 6; ++head) {
      for (std::int64_t i = 0; i < size / 2; ++i) {
        const auto at = static_cast<std::size_t>(t * 3 * dim + head * size + i);
        const double angle =
            head < 4 ? static_cast<double>(first + t) * std::pow(10000.0, -i / 2.0) : 0;
        const double a = x[at], b = x[at + size / 2];
        CHECK(y.data<double>()[at] == Approx(a * std::cos(angle) - b * std::sin(angle)));
        CHECK(y.data<double>()[at + size / 2] == Approx(b * std::cos(angle) + a * std::sin(angle)));
      }
    }
  }
}

TEST_CASE("attention after rotary depends only on distances, not on the start position") {
  constexpr std::int64_t time = 9, dim = 12;
  const auto x = draws(2 * time * 3 * dim, 0, -2, 2);
  Tape tape;
  tape.begin({});
  const auto outputs = [&](std::int64_t first) {
    return attention(rotary(make_input(tape, {2, time, 3 * dim}, x),
                            rotary_table(tape, DType::f64, first, time, dim / 2)),
                     {2});
  };
  const Tensor near = outputs(0), far = outputs(1000),
               none = attention(make_input(tape, {2, time, 3 * dim}, x), {2});
  double moved = 0, changed = 0;
  for (std::int64_t i = 0; i < near.size(); ++i) {
    moved = std::max(moved, std::abs(near.data<double>()[i] - far.data<double>()[i]));
    changed = std::max(changed, std::abs(near.data<double>()[i] - none.data<double>()[i]));
  }
  CHECK(moved < 1e-11);
  CHECK(changed > 0.1);
}

TEST_CASE("rotary agrees with finite differences") {
  for (const auto& [batch, time, dim, size] :
       {std::array{2, 3, 4, 2}, {1, 1, 2, 2}, {1, 5, 12, 6}, {0, 2, 4, 4}}) {
    CHECK(GradientCheck{}({{batch, time, 3 * dim}},
                          [time = time, size = size](Tape& tape, const auto& inputs) {
                            return rotary(inputs[0], rotary_table(tape, DType::f64, 3, time, size));
                          }) == "");
  }
}

TEST_CASE("rotary rejects odd heads and tables of a wrong shape") {
  Tape tape;
  tape.begin({});
  CHECK_THROWS_WITH(rotary_table(tape, DType::f32, 0, 2, 3),
                    "rotary: a head has 3 elements, expected an even number");
  CHECK_THROWS_WITH(
      rotary(tape.constant({2, 3, 12}, DType::f32), rotary_table(tape, DType::f32, 0, 4, 4)),
      "rotary: qkv has shape (2, 3, 12), the table (4, 4); expected (batch, time, "
      "3·dim) and (time, dim / heads)");
}
