#include "models/core/shape.h"

#include "configs/base/error.h"
#include "tests/catch.h"

using namespace seqrl;

TEST_CASE("a shape reports its elements, rows and last dimension") {
  const Shape shape{2, 3, 5};
  CHECK(shape.rank() == 3);
  CHECK(shape[1] == 3);
  CHECK(shape.back() == 5);
  CHECK(shape.size() == 30);
  CHECK(shape.rows() == 6);
  CHECK(shape.text() == "(2, 3, 5)");
}

TEST_CASE("a scalar has one element, an empty dimension none") {
  CHECK(Shape().size() == 1);
  CHECK(Shape().rows() == 1);
  CHECK(Shape().back() == 1);
  CHECK(Shape().text() == "()");
  CHECK(Shape{4, 0, 3}.size() == 0);
  CHECK(Shape{4, 0, 3}.rows() == 0);
  CHECK(Shape{4, 0}.rows() == 4);
}

TEST_CASE("with_back replaces only the last dimension") {
  CHECK(Shape{2, 3, 5}.with_back(7) == Shape{2, 3, 7});
  CHECK(Shape{4}.with_back(1) == Shape{1});
  CHECK_THROWS_AS(Shape().with_back(1), Error);
}

TEST_CASE("shapes are equal if their rank and dimensions are equal") {
  CHECK(Shape{2, 3} == Shape{2, 3});
  CHECK(Shape{2, 3} != Shape{3, 2});
  CHECK(Shape{2, 3} != Shape{2, 3, 1});
  CHECK(Shape{0} != Shape());
}

TEST_CASE("five dimensions and negative dimensions are rejected") {
  CHECK(Shape{1, 2, 3, 4}.size() == 24);
  CHECK_THROWS_AS(Shape({1, 1, 1, 1, 1}), Error);
  CHECK_THROWS_AS(Shape({2, -1}), Error);
}
