// Environments stepped in parallel: independent of each other, without allocations, at a known
// speed.
#include <algorithm>
#include <array>
#include <cstdlib>
#include <functional>
#include <limits>

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

// Up to 60 random steps of hopper; `seed` determines the start and the actions.
Played play_hopper(std::uint64_t seed) {
  const auto env = make_env("hopper");
  Played played{std::vector<double>(11)};
  env->reset(seed, played.observation);
  Random random(seed, Purpose::test);
  StepOutcome outcome;
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

// An environment of one step that rejects an action outside its box [low, low + 3] × [low, ∞).
class Strict final : public Env {
 public:
  explicit Strict(double low)
      : action_space_{{low, low}, {low + 3, std::numeric_limits<double>::infinity()}} {}

  const std::string& name() const override { return name_; }
  const Space& observation_space() const override { return observation_space_; }
  const Space& action_space() const override { return action_space_; }
  int max_episode_steps() const override { return 1; }
  void reset(std::uint64_t, std::span<double> observation) override { observation[0] = 0; }
  StepOutcome step(std::span<const double> action, std::span<double> observation) override {
    SEQRL_REQUIRE(action_space_.contains(action), "({}, {}) is not in the box", action[0],
                  action[1]);
    observation[0] = 1;
    return {.truncated = true};
  }

 private:
  std::string name_ = "strict";
  Space observation_space_ = Space::unbounded(1), action_space_;
};

// Its option is required, so that tests of all environments by name skip it.
struct StrictOptions : EnvOptions {
  double low = 0;
  void fields(Fields& field) {
    EnvOptions::fields(field);
    field("low", low, "the lowest action", required());
  }
};

}  // namespace

TEST_CASE("environments on several threads match those on one", "[stepping]") {
  const std::vector<Played> one = play_hoppers(7, 1);
  CHECK(one == play_hoppers(7, 2));
  CHECK(one == play_hoppers(7, 3));
  const auto length = [](const Played& played) { return played.length; };
  CHECK(std::ranges::adjacent_find(one, std::not_equal_to{}, length) != one.end());
}

TEST_CASE("reset and step do not allocate memory", "[stepping]") {
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
  CHECK(speed.steps == 102);  // 51 per thread
  CHECK(speed.seconds > 0);
  CHECK(speed.steps_per_second == Approx(102 / speed.seconds));
  CHECK_THROWS_AS(measure_stepping(hopper, 0), Error);
  CHECK_THROWS_AS(measure_stepping(hopper, 10, -1), Error);
}

TEST_CASE("open sides of a space get bounds, the others stay unchanged", "[stepping]") {
  const double open = std::numeric_limits<double>::infinity();
  const Space closed =
      bounded({{-0.4, 2, -open, 0, 3, -open, -open}, {0.4, 5, open, open, open, 7, -3}});
  CHECK(closed.low == std::vector<double>{-0.4, 2, -1, 0, 3, -1, -4});
  CHECK(closed.high == std::vector<double>{0.4, 5, 1, 1, 4, 7, -3});
}

TEST_CASE("a discrete action is an index, sampled uniformly", "[stepping]") {
  const Space space = Space::discrete(3);
  CHECK(space.dim() == 1);
  CHECK(space.is_discrete());
  CHECK(space.contains(std::array{2.0}));
  CHECK_FALSE(space.contains(std::array{1.5}));
  CHECK_FALSE(space.contains(std::array{3.0}));
  CHECK_FALSE(Space::box(1, 0, 2).is_discrete());
  Random random(1, Purpose::test);
  std::array<int, 3> counts{};
  for (int i = 0; i < 3000; ++i) {
    const double drawn = draw_uniform(space, 0, random);
    REQUIRE(space.contains(std::array{drawn}));
    ++counts.at(static_cast<std::size_t>(drawn));
  }
  for (const int count : counts) CHECK(std::abs(count - 1000) < 150);
}

TEST_CASE("a batch of single environments has independent slots", "[stepping]") {
  register_builtin_envs();
  const auto batch = make_env_batch(EnvSection("hopper"), 3);
  CHECK(batch->is_concurrent());
  std::vector<std::vector<double>> observations(3, std::vector<double>(11));
  batch->reset(std::array{ResetRow{0, 4, observations[0]}, ResetRow{2, 4, observations[2]}});
  CHECK(observations[0] == observations[2]);
  batch->release(0);
  const std::vector<double> action(3, 0.1);
  std::array moves{StepRow{2, action, observations[2]}};
  batch->step(moves);
  const auto alone = make_env("hopper");
  std::vector<double> observation(11);
  alone->reset(4, observation);
  CHECK(alone->step(action, observation).reward == moves[0].outcome.reward);
  CHECK(observation == observations[2]);
}

TEST_CASE("the stepping speed is measured with actions in the action space", "[stepping]") {
  register_env<StrictOptions>(
      "strict", "an environment of one step",
      [](const StrictOptions& options) { return std::make_unique<Strict>(options.low); });
  EnvSection section("strict");
  section.as<StrictOptions>().low = 2;
  CHECK(measure_stepping(section, 200, 1).steps == 200);
}
