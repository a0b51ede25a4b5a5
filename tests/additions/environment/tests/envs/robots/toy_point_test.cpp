#include "envs/robots/toy_point.h"

#include "tests/catch.h"

using namespace seqrl;

TEST_CASE("toy_point moves by the action and is rewarded for being near zero") {
  const auto env = make_toy_point();
  std::vector<double> observation(1);
  env->reset(3, observation);
  const double start = observation[0];
  const StepOutcome outcome = env->step(std::vector{0.5}, observation);
  CHECK(observation[0] == start + 0.5);
  CHECK(outcome.reward == -std::abs(start + 0.5));
}
