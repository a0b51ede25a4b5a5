#include "agents/datasets/scores.h"

#include "tests/catch.h"

using namespace seqrl;

TEST_CASE("normalised scores match D4RL's: 0 for random, 100 for the expert") {
  const auto hopper = reference_returns("hopper");
  REQUIRE(hopper);
  CHECK(hopper->normalized(-20.272305) == Approx(0).margin(1e-12));
  CHECK(hopper->normalized(3234.3) == Approx(100));
  CHECK(reference_returns("halfcheetah")->normalized(5000) == Approx(42.5297).epsilon(1e-5));
  CHECK(!reference_returns("pendulum"));
}
