#include "configs/base/stopwatch.h"

#include "tests/catch.h"

using seqrl::Stopwatch;

TEST_CASE("a stopwatch starts near zero and never runs backwards") {
  const Stopwatch watch;
  double before = watch.seconds();
  CHECK(before >= 0);
  CHECK(before < 60);
  for (int i = 0; i < 100; ++i) {
    const double now = watch.seconds();
    CHECK(now >= before);
    before = now;
  }
}
