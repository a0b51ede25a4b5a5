#include "agents/datasets/trajectories_builder.h"

#include <limits>
#include <vector>

#include "tests/catch.h"

using namespace seqrl;

TEST_CASE("a builder can be used again after it has built a dataset, or failed to") {
  TrajectoriesBuilder builder(2, 1);
  const std::vector<float> observation = {1, 2}, action = {0};
  const auto add = [&](int steps, float reward) {
    for (int i = 0; i < steps; ++i) builder.add_step(observation, action, reward);
    builder.end_episode(EndKind::timeout);
  };
  for (const int steps : {3, 1, 5}) {
    add(steps, 1);
    const Trajectories built = std::move(builder).build();
    CHECK(built.transitions() == steps);
    CHECK(built.episodes().size() == 1);
    CHECK(builder.transitions() == 0);
  }
  add(2, std::numeric_limits<float>::quiet_NaN());
  CHECK_THROWS(std::move(builder).build());
  add(2, 1);
  CHECK(std::move(builder).build().transitions() == 2);
}
