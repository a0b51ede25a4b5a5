#include "envs/rollout.h"

#include <algorithm>
#include <functional>

#include "configs/base/error.h"
#include "configs/base/random.h"
#include "envs/registry.h"
#include "tests/allocations.h"
#include "tests/catch.h"

using namespace seqrl;

namespace {

struct Played {
  std::vector<double> observations;
  std::vector<double> returns;
  std::vector<int> lengths;
  bool operator==(const Played&) const = default;
};

std::vector<double> actions_at(int step, int count) {
  Random random(5, Purpose::test, static_cast<std::uint64_t>(step));
  std::vector<double> actions(static_cast<std::size_t>(count) * 3);
  for (double& a : actions) a = random.uniform(-1, 1);
  return actions;
}

Played play_hoppers(int count, int threads) {
  ThreadPool pool(threads);
  Rollout rollout("hopper", count, pool);
  const auto n = static_cast<std::size_t>(count);
  std::vector<std::uint64_t> seeds(n);
  for (std::size_t i = 0; i < n; ++i) seeds[i] = i;
  std::vector<Outcome> outcomes(n);
  Played played{std::vector<double>(n * 11), std::vector<double>(n), std::vector<int>(n)};
  rollout.reset(seeds, played.observations);
  for (int step = 0; step < 60; ++step) {
    std::vector<bool> running(n);
    for (std::size_t i = 0; i < n; ++i) running[i] = !outcomes[i].done();
    // Every batch size sees the same actions: those of the largest, cut.
    auto actions = actions_at(step, 7);
    actions.resize(n * 3);
    rollout.step(actions, played.observations, outcomes);
    for (std::size_t i = 0; i < n; ++i) {
      if (!running[i]) continue;
      played.returns[i] += outcomes[i].reward;
      ++played.lengths[i];
    }
  }
  return played;
}

}  // namespace

TEST_CASE("a rollout depends neither on threads nor on its size", "[rollout]") {
  const Played one = play_hoppers(7, 1);
  CHECK(one == play_hoppers(7, 2));
  CHECK(one == play_hoppers(7, 3));
  const Played few = play_hoppers(2, 2);
  CHECK(few.returns == std::vector(one.returns.begin(), one.returns.begin() + 2));
  // They fell at times of their own, and stayed as they fell.
  CHECK(std::ranges::adjacent_find(one.lengths, std::not_equal_to{}) != one.lengths.end());
}

TEST_CASE("a rollout's environments are those that make_env makes", "[rollout]") {
  const Played batch = play_hoppers(7, 2);
  const auto env = make_env("hopper");
  std::vector<double> observation(11);
  env->reset(6, observation);
  double sum = 0;
  Outcome outcome;
  for (int step = 0; step < 60 && !outcome.done(); ++step) {
    const std::vector<double> actions = actions_at(step, 7);
    outcome = env->step(std::span(actions).subspan(18, 3), observation);
    sum += outcome.reward;
  }
  CHECK(sum == batch.returns[6]);
  CHECK(std::ranges::equal(observation, std::span(batch.observations).subspan(66)));
}

TEST_CASE("a step allocates nothing", "[rollout]") {
  for (const char* name : {"hopper", "walker2d", "halfcheetah", "ant", "ant_d4rl"}) {
    INFO(name);
    ThreadPool pool(2);
    Rollout rollout(name, 3, pool);
    const std::vector<std::uint64_t> seeds{1, 2, 3};
    std::vector<double> observations(3 * static_cast<std::size_t>(rollout.observation_dim()));
    const std::vector<double> actions(3 * static_cast<std::size_t>(rollout.action_dim()), 0.1);
    std::vector<Outcome> outcomes(3);
    rollout.reset(seeds, observations);
    const std::int64_t before = allocations();
    for (int i = 0; i < 5; ++i) rollout.step(actions, observations, outcomes);
    rollout.reset(seeds, observations);
    CHECK(allocations() == before);
  }
}

TEST_CASE("the stepping speed counts the steps it took", "[rollout]") {
  const SteppingSpeed speed = measure_stepping("hopper", 101, 2);
  CHECK(speed.steps == 102);  // 51 a thread
  CHECK(speed.seconds > 0);
  CHECK(speed.steps_per_second == Approx(102 / speed.seconds));
  CHECK_THROWS_AS(measure_stepping("hopper", 0), Error);
  CHECK_THROWS_AS(measure_stepping("hooper", 10), Error);
  ThreadPool pool(1);
  CHECK_THROWS_AS(Rollout("hopper", 0, pool), Error);
}
