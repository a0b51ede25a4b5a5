// Environments side by side: independent of each other, without allocations, at a known speed.
#include <algorithm>
#include <functional>

#include "configs/base/error.h"
#include "configs/base/random.h"
#include "configs/base/thread_pool.h"
#include "envs/registry.h"
#include "envs/stepping_speed.h"
#include "tests/allocations.h"
#include "tests/catch.h"

using namespace seqrl;

namespace {

struct Played {
  std::vector<double> observation;  // the last one
  double sum = 0;                   // of rewards
  int length = 0;
  bool operator==(const Played&) const = default;
};

// Up to 60 random steps of hopper; `seed` decides the start and the actions.
Played play_hopper(std::uint64_t seed) {
  const auto env = make_env("hopper");
  Played played{std::vector<double>(11)};
  env->reset(seed, played.observation);
  Random random(seed, Purpose::test);
  Outcome outcome;
  while (played.length < 60 && !outcome.done()) {
    std::vector<double> action(3);
    for (double& a : action) a = random.uniform(-1, 1);
    outcome = env->step(action, played.observation);
    played.sum += outcome.reward;
    ++played.length;
  }
  return played;
}

std::vector<Played> play_hoppers(int count, int threads) {
  ThreadPool pool(threads);
  std::vector<Played> played(static_cast<std::size_t>(count));
  pool.run(count, [&](int i) {
    played[static_cast<std::size_t>(i)] = play_hopper(static_cast<std::uint64_t>(i));
  });
  return played;
}

}  // namespace

TEST_CASE("environments on several threads are those on one", "[stepping]") {
  const std::vector<Played> one = play_hoppers(7, 1);
  CHECK(one == play_hoppers(7, 2));
  CHECK(one == play_hoppers(7, 3));
  const auto length = [](const Played& played) { return played.length; };
  CHECK(std::ranges::adjacent_find(one, std::not_equal_to{}, length) != one.end());
}

TEST_CASE("a step allocates nothing", "[stepping]") {
  for (const char* name : {"hopper", "walker2d", "halfcheetah", "ant", "ant_d4rl"}) {
    INFO(name);
    const auto env = make_env(name);
    std::vector<double> observation(static_cast<std::size_t>(env->observation_space().dim()));
    const std::vector<double> action(static_cast<std::size_t>(env->action_space().dim()), 0.1);
    env->reset(1, observation);
    const std::int64_t before = allocations();
    for (int i = 0; i < 5; ++i) env->step(action, observation);
    env->reset(2, observation);
    CHECK(allocations() == before);
  }
}

TEST_CASE("the stepping speed counts the steps it took", "[stepping]") {
  const EnvSection hopper = [] {
    register_builtin_envs();
    return EnvSection("hopper");
  }();
  const SteppingSpeed speed = measure_stepping(hopper, 101, 2);
  CHECK(speed.steps == 102);  // 51 a thread
  CHECK(speed.seconds > 0);
  CHECK(speed.steps_per_second == Approx(102 / speed.seconds));
  CHECK_THROWS_AS(measure_stepping(hopper, 0), Error);
  CHECK_THROWS_AS(measure_stepping(hopper, 10, -1), Error);
}
