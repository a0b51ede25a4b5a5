#include "agents/datasets/trajectories.h"

#include <cmath>
#include <limits>

#include "agents/datasets/trajectories_builder.h"
#include "tests/agents/datasets/small_d4rl.h"
#include "tests/catch.h"

using namespace seqrl;

namespace {

// Two dimensions, one action; episodes of 3 and 1 steps and a cut one of 2.
TrajectoriesBuilder three_episodes() {
  TrajectoriesBuilder builder(2, 1);
  const float observations[] = {1, 10, 2, 10, 3, 10};
  const float actions[] = {0.1f, 0.2f, 0.3f};
  const float rewards[] = {1, 2, 4};
  builder.add_episode(observations, actions, rewards, EndKind::terminated);
  builder.add_step(std::vector<float>{6, 10}, std::vector<float>{-1}, 0.5f);
  builder.end_episode(EndKind::timeout);
  builder.add_step(std::vector<float>{100, 100}, std::vector<float>{1}, 7);
  builder.add_step(std::vector<float>{100, 100}, std::vector<float>{1}, 7);
  return builder;
}

std::vector<float> copied(std::span<const float> values) {
  return {values.begin(), values.end()};
}

}  // namespace

TEST_CASE("a cut episode is excluded with a note") {
  const Trajectories data = three_episodes().build();
  CHECK(data.transitions() == 4);
  CHECK(data.episodes() ==
        std::vector<Episode>{{0, 3, EndKind::terminated}, {3, 1, EndKind::timeout}});
  CHECK(data.source().notes ==
        std::vector<std::string>{"2 transitions of an episode without an end were excluded"});
  const Trajectories all = three_episodes().build({}, {.keep_cut_episodes = true});
  CHECK(all.episodes().back() == Episode{4, 2, EndKind::cut});
  CHECK(all.source().notes.empty());
}

TEST_CASE("excluding a cut episode in the middle leaves no gap") {
  TrajectoriesBuilder builder(1, 1);
  for (const auto& [value, end] :
       {std::pair{1.f, EndKind::timeout}, {2.f, EndKind::cut}, {3.f, EndKind::terminated}}) {
    builder.add_episode(std::vector{value, value}, std::vector{value, value},
                        std::vector{value, value}, end);
  }
  const Trajectories data = std::move(builder).build();
  CHECK(copied(data.observations()) == std::vector<float>{1, 1, 3, 3});
  CHECK(copied(data.actions()) == std::vector<float>{1, 1, 3, 3});
  CHECK(copied(data.rewards()) == std::vector<float>{1, 1, 3, 3});
  CHECK(data.episodes() ==
        std::vector<Episode>{{0, 2, EndKind::timeout}, {2, 2, EndKind::terminated}});
}

TEST_CASE("returns and returns-to-go sum rewards up to the episode's end") {
  const Trajectories data = three_episodes().build();
  CHECK(copied(data.returns_to_go()) == std::vector<float>{7, 6, 4, 0.5f});
  CHECK(std::vector<double>(data.returns().begin(), data.returns().end()) ==
        std::vector<double>{7, 0.5});
}

TEST_CASE("returns-to-go of long episodes are rounded once, at the end") {
  TrajectoriesBuilder builder(1, 1);
  const std::size_t steps = 100'000;
  const std::vector<float> ones(steps, 0.1f);
  builder.add_episode(ones, ones, ones, EndKind::timeout);
  const Trajectories data = std::move(builder).build();
  CHECK(data.returns_to_go()[0] == static_cast<float>(0.1f * static_cast<double>(steps)));
}

TEST_CASE("observation statistics are NumPy's mean and population standard deviation") {
  const Trajectories data = three_episodes().build();
  CHECK(data.observation_mean()[0] == Approx(3));
  CHECK(data.observation_std()[0] == Approx(std::sqrt((4 + 1 + 0 + 9) / 4.0)));
  CHECK(data.observation_mean()[1] == 10);
  CHECK(data.observation_std()[1] == 0);
}

TEST_CASE("statistics stay accurate far from zero") {
  TrajectoriesBuilder builder(1, 1);
  const std::vector<float> zeros(4, 0);
  builder.add_episode(std::vector<float>{1e6f, 1e6f + 1, 1e6f, 1e6f + 1}, zeros, zeros,
                      EndKind::timeout);
  const Trajectories data = std::move(builder).build();
  CHECK(data.observation_std()[0] == Approx(0.5).epsilon(1e-12));
}

TEST_CASE("non-finite numbers are reported with their array and position") {
  for (const float bad :
       {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    auto builder = three_episodes();
    builder.add_step(std::vector<float>{0, bad}, std::vector<float>{0}, 0);
    builder.end_episode(EndKind::timeout);
    CHECK_THAT(rejection([&] { std::move(builder).build({.path = "mine"}); }),
               ContainsSubstring("mine: 'observations' holds " + fmt::format("{}", bad) +
                                 " at transition 6 (episode 2, step 2), dimension 1"));
  }
  auto builder = three_episodes();
  builder.add_step(std::vector<float>{0, 0}, std::vector<float>{0}, NAN);
  CHECK_THAT(rejection([&] { std::move(builder).build(); }),
             ContainsSubstring("'rewards' holds nan"));
}

TEST_CASE("wrong sizes are rejected") {
  TrajectoriesBuilder builder(2, 1);
  CHECK_THAT(rejection([&] { builder.add_step(std::vector<float>{1}, std::vector<float>{1}, 0); }),
             ContainsSubstring("observation of 1 and an action of 1 dimensions, expected 2 and 1"));
  CHECK_THAT(rejection([&] { builder.end_episode(EndKind::timeout); }),
             ContainsSubstring("ends without a step"));
  CHECK_THAT(rejection([&] {
               builder.add_episode(std::vector<float>(4), std::vector<float>(3),
                                   std::vector<float>(2), EndKind::timeout);
             }),
             ContainsSubstring("2 rewards, 4 numbers in observations and 3 in actions"));
  CHECK_THAT(rejection([&] { std::move(builder).build(); }), ContainsSubstring("no transitions"));
  CHECK_THAT(rejection([&] { TrajectoriesBuilder(0, 1); }), ContainsSubstring("must be positive"));
}

TEST_CASE("episodes must cover the transitions in order") {
  const auto build = [](std::vector<Episode> episodes) {
    TransitionArrays arrays;
    arrays.observation_dim = arrays.action_dim = 1;
    arrays.observations = Buffer<float>(std::vector<float>(3));
    arrays.actions = Buffer<float>(std::vector<float>(3));
    arrays.rewards = Buffer<float>(std::vector<float>(3));
    return rejection([&] { Trajectories(std::move(arrays), std::move(episodes), {}); });
  };
  const EndKind end = EndKind::timeout;
  CHECK_THAT(build({{0, 2, end}}), ContainsSubstring("cover 2 of 3"));
  CHECK_THAT(build({{0, 2, end}, {1, 2, end}}), ContainsSubstring("does not follow"));
  CHECK_THAT(build({{0, 4, end}}), ContainsSubstring("does not follow"));
  CHECK_THAT(build({{0, 3, EndKind::cut}}), ContainsSubstring("none of its 3 transitions"));
}

TEST_CASE("the fingerprint identifies the content") {
  const auto fingerprint = [](const SmallD4rl& file, EndKind end = EndKind::timeout) {
    TrajectoriesBuilder builder(SmallD4rl::kObservationDim, SmallD4rl::kActionDim);
    builder.add_episode(file.observations, file.actions, file.rewards, end);
    return std::move(builder).build({.path = "any"}).fingerprint();
  };
  const std::uint64_t whole = fingerprint({});
  CHECK(fingerprint({}) == whole);
  CHECK(fingerprint({}, EndKind::terminated) != whole);
  for (auto array : {&SmallD4rl::observations, &SmallD4rl::actions, &SmallD4rl::rewards}) {
    for (const std::size_t i : {0u, 5u, 9u}) {
      SmallD4rl changed;
      (changed.*array)[i] = std::nextafter((changed.*array)[i], 10.0f);
      CHECK(fingerprint(changed) != whole);
    }
  }
  // Two equal values swapped for two others must not cancel out.
  SmallD4rl swapped;
  std::swap(swapped.observations[0], swapped.observations[8]);
  CHECK(fingerprint(swapped) != whole);
  // Checkpoints store the fingerprint, so it must not change between versions.
  TrajectoriesBuilder builder(1, 1);
  builder.add_step(std::vector<float>{1}, std::vector<float>{2}, 3);
  builder.end_episode(EndKind::terminated);
  CHECK(std::move(builder).build().fingerprint() == 0xC6C732A39C8BEE89);
}
