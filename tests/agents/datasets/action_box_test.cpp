#include "agents/datasets/action_box.h"

#include <limits>

#include "tests/catch.h"

using namespace seqrl;

namespace {

// One episode with these actions, a row of two each.
Trajectories data_of(std::vector<float> actions, DatasetSource source = {}) {
  const std::size_t rows = actions.size() / 2;
  TransitionArrays arrays{.observation_dim = 1, .action_dim = 2};
  arrays.observations = Buffer<float>(std::vector<float>(rows));
  arrays.actions = Buffer<float>(std::move(actions));
  arrays.rewards = Buffer<float>(std::vector<float>(rows));
  return Trajectories(std::move(arrays),
                      {{0, static_cast<std::int64_t>(rows), EndKind::terminated}},
                      std::move(source));
}

}  // namespace

TEST_CASE("the environment's action box is used, without a note if the data fits") {
  const Space space{{-3, 0}, {3, 1}};
  const ActionBox box = action_box(&space, data_of({0.5f, 0.5f, -3, 1}));
  CHECK(box.low == space.low);
  CHECK(box.high == space.high);
  CHECK(box.note.empty());
}

TEST_CASE("without a known action box, the data's range is used, with a note") {
  const Trajectories data = data_of({-2, 4, 3, 4, 0, 4});
  for (const bool environment : {false, true}) {
    const Space space = Space::unbounded(2);
    const ActionBox box = action_box(environment ? &space : nullptr, data);
    CHECK(box.low == std::vector<double>{-2, 4});
    CHECK(box.high == std::vector<double>{3, 4});
    CHECK_THAT(box.note, Catch::Contains("-2 to 3, 4 to 4"));
  }
  // Some bounds are known.
  const double infinity = std::numeric_limits<double>::infinity();
  const Space half{{-10, -infinity}, {10, infinity}};
  const ActionBox box = action_box(&half, data);
  CHECK(box.low == std::vector<double>{-10, 4});
  CHECK(box.high == std::vector<double>{10, 4});
  CHECK_THAT(box.note, Catch::StartsWith("some actions"));
}

TEST_CASE("data scaled to 1 gets the box from -1 to 1, smaller data its own range") {
  CHECK(action_box(nullptr, data_of({-0.99f, 0.2f, 0.5f, 0.1f})).low ==
        std::vector<double>{-1, -1});
  const ActionBox small = action_box(nullptr, data_of({-0.25f, 0.125f, 0.25f, 0}));
  CHECK(small.low == std::vector<double>{-0.25, 0});
  CHECK(small.high == std::vector<double>{0.25, 0.125});
}

TEST_CASE("the dataset's action box is used where the environment has none") {
  DatasetSource source;
  source.action_low = {-2, -5};
  source.action_high = {2, 5};
  const Trajectories data = data_of({-1, 4, 1, 4}, source);
  const ActionBox stated = action_box(nullptr, data);
  CHECK(stated.low == source.action_low);
  CHECK(stated.high == source.action_high);
  CHECK(stated.note.empty());
  const double infinity = std::numeric_limits<double>::infinity();
  const Space half{{-3, -infinity}, {3, infinity}};
  CHECK(action_box(&half, data).low == std::vector<double>{-3, -5});
}

TEST_CASE("discrete choices come from the data and must match the environment's") {
  TransitionArrays arrays{.observation_dim = 1, .action_dim = 1};
  arrays.observations = Buffer<float>(std::vector<float>(2));
  arrays.actions = Buffer<float>(std::vector<float>{0, 2});
  arrays.rewards = Buffer<float>(std::vector<float>(2));
  const Trajectories data(std::move(arrays), {{0, 2, EndKind::terminated}}, {.action_choices = 4});
  const Space four = Space::discrete(4), five = Space::discrete(5), box = Space::box(1, -1, 1);
  for (const Space* space : {static_cast<const Space*>(nullptr), &four}) {
    const ActionBox actions = action_box(space, data);
    CHECK(actions.choices == 4);
    CHECK(actions.high == std::vector<double>{3});
    CHECK(actions.note.empty());
  }
  CHECK_THROWS_WITH(action_box(&five, data), Catch::Contains("discrete (4 choices)") &&
                                                 Catch::Contains("the environment has 5"));
  CHECK_THROWS_WITH(action_box(&box, data),
                    Catch::Contains("but the environment's are continuous"));
  CHECK_THROWS_WITH(action_box(&four, data_of({0, 1})), Catch::Contains("vectors of 2 numbers"));
}
