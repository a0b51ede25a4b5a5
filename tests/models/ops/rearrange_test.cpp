#include "models/ops/rearrange.h"

#include <algorithm>

#include "models/ops/elementwise.h"
#include "tests/catch.h"
#include "tests/models/gradient_check.h"

using namespace seqrl;

TEST_CASE("slice_last takes a part of every row, and returns its gradient there") {
  Tape tape;
  tape.begin({});
  const Tensor x = make_input<double>(tape, {2, 3}, {1, 2, 3, 4, 5, 6});
  const Tensor y = slice_last(x, 1, 2);
  CHECK(std::vector<double>(y.data<double>(), y.data<double>() + 4) ==
        std::vector<double>{2, 3, 5, 6});
  for (const Shape& shape : {Shape{2, 3, 5}, {4}, {0, 4}, {7, 9}}) {
    CHECK(GradientCheck{}({shape}, [&](Tape&, const auto& in) {
            return multiply(slice_last(in[0], 1, 2), slice_last(in[0], 0, 2));
          }) == "");
  }
}

TEST_CASE("slice_last rejects elements outside the dimension") {
  Tape tape;
  tape.begin({});
  const Tensor x = tape.constant({2, 3}, DType::f32);
  CHECK_THROWS_WITH(slice_last(x, 2, 2),
                    "slice_last: elements [2, 4) are not in the last dimension of shape (2, 3)");
}

TEST_CASE("split_last splits every row and concatenates the gradients of the parts") {
  Tape tape;
  tape.begin({});
  const Tensor x = make_input<double>(tape, {2, 3}, {1, 2, 3, 4, 5, 6});
  const auto [left, right] = split_last(x, {1, 2});
  CHECK(std::ranges::equal(left.span<double>(), std::vector<double>{1, 4}));
  CHECK(std::ranges::equal(right.span<double>(), std::vector<double>{2, 3, 5, 6}));
  for (const Shape& shape : {Shape{2, 3, 7}, {7}, {0, 7}, {5, 7}}) {
    CHECK(GradientCheck{}({shape}, [&](Tape&, const auto& in) {
            const auto [a, unused, b] = split_last(in[0], {3, 1, 3});
            return multiply(multiply(a, b), slice_last(in[0], 2, 3));
          }) == "");
  }
}

TEST_CASE("split_last rejects parts that do not make up the last dimension") {
  Tape tape;
  tape.begin({});
  const Tensor x = tape.constant({2, 3}, DType::f32);
  CHECK_THROWS_WITH(split_last(x, {1, 1}),
                    "split_last: parts with 2 elements in total do not make up the last dimension "
                    "of shape (2, 3)");
  CHECK_THROWS(split_last(x, {4, -1}));
}

TEST_CASE("concatenate_last concatenates rows and splits their gradients") {
  Tape tape;
  tape.begin({});
  const Tensor y = concatenate_last(make_input<double>(tape, {2, 1}, {1, 4}),
                                    make_input<double>(tape, {2, 2}, {2, 3, 5, 6}));
  CHECK(std::vector<double>(y.data<double>(), y.data<double>() + 6) ==
        std::vector<double>{1, 2, 3, 4, 5, 6});
  for (auto [rows, left, right] : {std::array{3, 2, 5}, {1, 1, 1}, {0, 2, 2}, {4, 0, 3}}) {
    CHECK(GradientCheck{}({{rows, left}, {rows, right}}, [](Tape&, const auto& in) {
            const Tensor both = concatenate_last(in[0], in[1]);
            return multiply(both, both);
          }) == "");
  }
  CHECK(GradientCheck{}({{3, 2}}, [](Tape&, const auto& in) {
          const Tensor both = concatenate_last(in[0], in[0]);
          return multiply(both, both);
        }) == "");
  CHECK_THROWS_WITH(concatenate_last(y, tape.constant({3, 1}, DType::f64)),
                    "concatenate_last: the second input has shape (3, 1), expected (2, 1)");
}
