#include "envs/checks/checker.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "configs/base/error.h"
#include "configs/base/random.h"
#include "tests/catch.h"

using namespace seqrl;

namespace {

// Before any test registers its own.
const std::vector<std::string> built_in = env_names();

enum class Defect {
  none,
  space_upside_down,
  unseeded,
  same_start,
  leaks_state,
  noisy_step,
  observation_outside,
  observation_nan,
  reward_nan,
  unclipped,
  takes_nan,
  takes_any_size,
  steps_unreset,
  steps_after_end,
  truncates_early,
  never_ends,
  both_flags,
  throws,
};

// A point on a line that fulfils the interface, except for one defect.
class Point final : public Env {
 public:
  explicit Point(Defect defect) : defect_(defect) {
    if (defect == Defect::space_upside_down) action_space_.low[0] = 2;
  }

  const std::string& name() const override { return name_; }
  const Space& observation_space() const override { return observation_space_; }
  const Space& action_space() const override { return action_space_; }
  int max_episode_steps() const override { return 10; }

  void reset(std::uint64_t seed, std::span<double> observation) override {
    static std::uint64_t resets = 0;
    if (is(Defect::unseeded)) seed = ++resets;
    if (is(Defect::same_start)) seed = 0;
    const double kept = is(Defect::leaks_state) ? 0.01 * x_ : 0;
    x_ = Random(seed, Purpose::reset).uniform(-0.5, 0.5) + kept;
    steps_ = 0;
    running_ = true;
    observe(observation);
  }

  StepOutcome step(std::span<const double> action, std::span<double> observation) override {
    static std::uint64_t draws = 0;
    if (is(Defect::throws) && steps_ == 3) throw std::runtime_error("out of luck");
    SEQRL_REQUIRE(running_ || is(Defect::steps_after_end) || is(Defect::steps_unreset), "not now");
    if (is(Defect::steps_unreset) && !running_ && steps_ > 0) reject("not now");
    if (is(Defect::steps_after_end) && !running_ && steps_ == 0) reject("not now");
    SEQRL_REQUIRE(action.size() == 1 || is(Defect::takes_any_size), "size");
    SEQRL_REQUIRE(std::isfinite(action.back()) || is(Defect::takes_nan), "not finite");
    const double push = is(Defect::unclipped) ? action[0] : std::clamp(action[0], -1.0, 1.0);
    x_ = std::clamp(x_ + 0.01 * push, -1.0, 1.0);
    if (is(Defect::noisy_step)) x_ += 1e-9 * static_cast<double>(++draws);
    ++steps_;
    StepOutcome outcome{.reward = x_};
    if (is(Defect::reward_nan)) outcome.reward = std::numeric_limits<double>::quiet_NaN();
    outcome.truncated = steps_ == (is(Defect::truncates_early) ? 9 : 10);
    if (is(Defect::never_ends)) outcome.truncated = false;
    outcome.terminated = is(Defect::both_flags) && outcome.truncated;
    running_ = !outcome.done();
    observe(observation);
    return outcome;
  }

 private:
  bool is(Defect defect) const { return defect == defect_; }

  void observe(std::span<double> observation) const {
    observation[0] = is(Defect::observation_outside) ? x_ + 50 : x_;
    if (!is(Defect::observation_nan)) observation[1] = steps_;  // otherwise unwritten
  }

  std::string name_ = "point";
  Space observation_space_ = Space::box(2, -1, 10), action_space_ = Space::box(1, -1, 1);
  Defect defect_;
  double x_ = 0;
  int steps_ = 0;
  bool running_ = false;
};

std::vector<std::string> violations(Defect defect) {
  return check_env([defect] { return std::make_unique<Point>(defect); });
}

}  // namespace

TEST_CASE("every built-in environment passes the interface checks", "[checker]") {
  CHECK(built_in.size() >= 5);
  for (const std::string& name : built_in) {
    INFO(name);
    CHECK(check_env(name) == std::vector<std::string>{});
  }
}

TEST_CASE("each violation of the interface is found and named", "[checker]") {
  REQUIRE(violations(Defect::none) == std::vector<std::string>{});
  const std::vector<std::pair<Defect, std::string>> expected{
      {Defect::space_upside_down, "action_space has every low bound below its high bound"},
      {Defect::unseeded, "reset is a pure function of the seed"},
      {Defect::same_start, "different seeds start differently"},
      {Defect::leaks_state, "reset clears the previous episode"},
      {Defect::noisy_step, "stepping is deterministic"},
      {Defect::observation_outside, "observations are in observation_space"},
      {Defect::observation_nan, "observations are finite"},
      {Defect::reward_nan, "rewards are finite"},
      {Defect::unclipped, "an action outside its space is clipped to it"},
      {Defect::takes_nan, "an action that is not finite is an Error"},
      {Defect::takes_any_size, "an action of the wrong size is an Error"},
      {Defect::steps_unreset, "a step before reset is an Error"},
      {Defect::steps_after_end, "a step after the end is an Error"},
      {Defect::truncates_early, "truncated is true only at max_episode_steps"},
      {Defect::never_ends, "an episode ends at max_episode_steps"},
      {Defect::both_flags, "terminated and truncated are never both true"},
      {Defect::throws, "a legitimate call threw: out of luck"}};
  for (const auto& [defect, claim] : expected) {
    INFO(claim);
    const auto found = violations(defect);
    CHECK(std::ranges::find(found, claim) != found.end());
  }
}

TEST_CASE("a factory that returns nothing is found", "[checker]") {
  CHECK(check_env([] { return std::unique_ptr<Env>(); }) ==
        std::vector<std::string>{"the factory creates environments"});
}
