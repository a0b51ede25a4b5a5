#include "models/training/schedule.h"

#include <cmath>

#include "tests/catch.h"

using namespace seqrl;

TEST_CASE("warm-up rises to the full rate and stays there") {
  CHECK(warmup_lr(1.0, 10, 0) == Approx(0.1));
  CHECK(warmup_lr(1.0, 10, 8) == Approx(0.9));
  CHECK(warmup_lr(1.0, 10, 9) == 1.0);
  CHECK(warmup_lr(1.0, 0, 0) == 1.0);
}

TEST_CASE("a cosine schedule rises, is half at its middle and ends at zero") {
  const auto lr = [](std::int64_t step) {
    return scheduled_lr(Schedule::cosine, 1.0, 10, 109, step);
  };
  CHECK(lr(0) == Approx(0.1));
  CHECK(lr(9) == 1.0);
  CHECK(lr(59) == Approx(0.5));
  CHECK(lr(108) == Approx(0.5 * (1 - std::cos(0.01 * std::acos(-1)))));
  CHECK(lr(109) == Approx(0).margin(1e-15));
  CHECK(lr(1000) == Approx(0).margin(1e-15));
  CHECK(scheduled_lr(Schedule::cosine, 1.0, 0, 10, 0) == 1.0);
  CHECK(scheduled_lr(Schedule::constant, 1.0, 10, 20, 15) == 1.0);
}
