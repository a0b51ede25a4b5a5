#include "models/ops/tokens.h"

#include <array>
#include <cmath>

#include "models/ops/elementwise.h"
#include "models/ops/rearrange.h"
#include "tests/catch.h"
#include "tests/models/cuda/compare.h"

using namespace seqrl;

namespace {

// n integers in [0, bound), with repetitions.
std::vector<std::int32_t> integers(std::int64_t n, std::int32_t bound) {
  std::vector<std::int32_t> values;
  for (const double draw : draws(n, 77, 0, bound)) {
    values.push_back(static_cast<std::int32_t>(draw));
  }
  return values;
}

}  // namespace

TEST_CASE("strided_tokens of two sequences at once on CUDA match the CPU") {
  for (const Shape& shape : {Shape{2, 6, 4}, {3, 3, 33}, {1, 90, 5}, {0, 3, 2}}) {
    CAPTURE(shape.text());
    for (const std::int64_t offset : {0, 2}) {
      CHECK(DeviceComparison{}({shape, shape}, [&](Tape&, const auto& in) {
              const auto [a, b] = strided_tokens(std::array{in[0], in[1]}, 3, offset);
              return add(add(a, b), add(strided_tokens(in[0], 3, 1), a));
            }) == "");
      CHECK(DeviceComparison{}({shape, shape}, [&](Tape&, const auto& in) {
              const auto [a, b] = strided_tokens(std::array{in[0], in[1].frozen()}, 3, offset);
              const auto same = strided_tokens(std::array{in[0], in[0]}, 3, offset);
              return add(add(a, b), add(same[0], same[1]));
            }) == "");
    }
  }
}

TEST_CASE("embedding on CUDA matches the CPU, and adds gradients of repeated ids in order") {
  for (const auto& [rows, dim, batch, time] : {std::array<std::int64_t, 4>{5, 3, 2, 4},
                                               {1, 1, 1, 1},
                                               {70, 33, 20, 30},
                                               {3, 257, 1, 300},
                                               {5, 3, 3, 4100},  // in parts
                                               {4, 2, 0, 3}}) {
    CAPTURE(rows, dim, batch, time);
    const auto ids = integers(batch * time, static_cast<std::int32_t>(rows));
    CHECK(DeviceComparison{}({{rows, dim}}, [&, b = batch, t = time](Tape& tape, const auto& in) {
            const Tensor where = make_constant(tape, {b, t}, ids);
            return add(embedding(in[0], where), embedding(in[0], where));
          }) == "");
  }
}

TEST_CASE("an id outside the table gives NaN on CUDA") {
  Tape tape(Device::cuda);
  tape.begin({});
  const Tensor table = make_constant(tape, {2, 1}, std::vector<float>{1, 2});
  const auto rows = values_of<float>(
      embedding(table, make_constant(tape, {1, 4}, std::vector<std::int32_t>{1, -1, 2, 0})));
  CHECK(rows[0] == 2);
  CHECK(std::isnan(rows[1]));
  CHECK(std::isnan(rows[2]));
  CHECK(rows[3] == 1);
}

TEST_CASE("operations that move tokens on CUDA match the CPU") {
  for (const auto& [batch, time, dim] :
       {std::array<std::int64_t, 3>{2, 3, 4}, {1, 1, 1}, {3, 31, 33}, {0, 2, 3}}) {
    CAPTURE(batch, time, dim);
    const Shape shape{batch, time, dim};
    CHECK(DeviceComparison{}({shape, shape, shape, shape}, [](Tape&, const auto& in) {
            const Tensor tokens = interleave({in[0], in[1], in[2]}, in[3]);
            return add(strided_tokens(tokens, 3, 1), strided_tokens(tokens, 3, 2));
          }) == "");
    CHECK(DeviceComparison{}({shape, shape}, [](Tape&, const auto& in) {
            return interleave({in[0], in[1], in[0]}, {});
          }) == "");
    CHECK(DeviceComparison{}({shape}, [](Tape&, const auto& in) { return last_token(in[0]); }) ==
          "");
    const auto rows = integers(batch > 0 ? 7 : 0, static_cast<std::int32_t>(batch * time));
    CHECK(DeviceComparison{}({shape}, [&](Tape& tape, const auto& in) {
            const auto n = static_cast<std::int64_t>(rows.size());
            return tokens_at(in[0], make_constant(tape, {n}, rows));
          }) == "");
    auto lengths = integers(batch, static_cast<std::int32_t>(time));
    for (std::int32_t& length : lengths) ++length;
    CHECK(DeviceComparison{}({shape}, [&, b = batch](Tape& tape, const auto& in) {
            const Tensor of = make_constant(tape, {b}, lengths);
            return add(mean_token(in[0], of), mean_token(in[0], of));
          }) == "");
    CHECK(DeviceComparison{}({{2 * batch, dim}},
                             [](Tape&, const auto& in) { return compare_pairs(in[0]); }) == "");
  }
}

TEST_CASE("slices and concatenations on CUDA match the CPU") {
  for (const auto& [rows, left, right] :
       {std::array<std::int64_t, 3>{3, 2, 5}, {1, 1, 1}, {33, 31, 3}, {0, 2, 3}, {4, 0, 3}}) {
    CAPTURE(rows, left, right);
    CHECK(DeviceComparison{}({{rows, left}, {rows, right}}, [](Tape&, const auto& in) {
            const Tensor both = concatenate_last(in[0], in[1]);
            return concatenate_last(slice_last(both, 1, both.dim(1) - 1), both);
          }) == "");
    CHECK(DeviceComparison{}({{rows, left + right + 2}}, [l = left, r = right](Tape&, auto& in) {
            const auto [a, unused, b, one] = split_last(in[0], {l, 1, r, 1});
            return concatenate_last(add(one, one), concatenate_last(concatenate_last(b, a), a));
          }) == "");
    CHECK(DeviceComparison{}({{rows, left}}, [](Tape&, const auto& in) {
            return concatenate_last(in[0], in[0]);
          }) == "");
  }
}
