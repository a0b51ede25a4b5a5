#include "envs/checks/checker.h"

#include <algorithm>
#include <cmath>
#include <exception>
#include <limits>

#include "configs/base/error.h"
#include "configs/base/random.h"

namespace seqrl {
namespace {

using Values = std::vector<double>;

bool finite(const Values& values) {
  return std::ranges::all_of(values, [](double x) { return std::isfinite(x); });
}

bool same(const StepOutcome& a, const StepOutcome& b) {
  return a.reward == b.reward && a.terminated == b.terminated && a.truncated == b.truncated &&
         a.invalid == b.invalid;
}

class Checker {
 public:
  Checker(const EnvFactory& make, const EnvChecks& checks) : make_(make), checks_(checks) {}

  std::vector<std::string> run() {
    try {
      check_all();
    } catch (const std::exception& error) {
      violated(std::string("a legitimate call threw: ") + error.what());
    }
    return violations_;
  }

 private:
  void check_all() {
    first_ = make_();
    second_ = make_();
    expect(first_ && second_, "the factory creates environments");
    if (!first_ || !second_) return;
    check_spaces();
    if (!violations_.empty()) return;  // the remaining checks are not safe
    observation_ = Values(static_cast<std::size_t>(first_->observation_space().dim()));
    check_misuse();
    check_reset();
    check_clipping();
    for (std::uint64_t seed = 0; seed < 3 && !saw_time_limit_; ++seed) play_episode(seed);
  }

  void check_spaces() {
    expect(!first_->name().empty(), "the environment has a name");
    expect(first_->max_episode_steps() > 0, "max_episode_steps is positive");
    check_space("observation_space", first_->observation_space());
    check_space("action_space", first_->action_space());
  }

  void check_space(const std::string& what, const Space& space) {
    expect(space.dim() > 0, what + " has at least one dimension");
    expect(space.low.size() == space.high.size(), what + " has as many low as high bounds");
    for (std::size_t i = 0; i < std::min(space.low.size(), space.high.size()); ++i) {
      // NaN fails. Observations may be constant.
      const bool sane =
          what == "action_space" ? space.low[i] < space.high[i] : space.low[i] <= space.high[i];
      expect(sane, what + " has every low bound below its high bound");
    }
  }

  void check_misuse() {
    Values action = action_at(0.5);
    expect_error([&] { make_()->step(action, observation_); }, "a step before reset is an Error");
    for (const double bad :
         {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
      first_->reset(0, observation_);
      action.back() = bad;
      expect_error([&] { first_->step(action, observation_); },
                   "an action that is not finite is an Error");
    }
    action.back() = 0;
    action.push_back(0);
    first_->reset(0, observation_);
    expect_error([&] { first_->step(action, observation_); },
                 "an action of the wrong size is an Error");
  }

  void check_reset() {
    const Values start = reset(*first_, 1);
    expect(start == reset(*second_, 1), "reset is a pure function of the seed");
    first_->step(action_at(0.9), observation_);
    expect(start == reset(*first_, 1), "reset clears the previous episode");
    if (checks_.starts_differ) {
      expect(start != reset(*first_, 2), "different seeds start differently");
    }
  }

  void check_clipping() {
    const Space& space = first_->action_space();
    for (const bool above : {false, true}) {
      Values at_bound = action_at(0.5), beyond = at_bound;
      for (std::size_t i = 0; i < at_bound.size(); ++i) {
        const double bound = above ? space.high[i] : space.low[i];
        if (!std::isfinite(bound)) continue;
        at_bound[i] = bound;
        beyond[i] = bound + (above ? 10.0 : -10.0);
      }
      reset(*first_, 0);
      reset(*second_, 0);
      Values other = observation_;
      const StepOutcome clipped = first_->step(beyond, observation_);
      const StepOutcome exact = second_->step(at_bound, other);
      expect(same(clipped, exact) && observation_ == other,
             "an action outside its space is clipped to it");
    }
  }

  // Two environments play the same episode with random actions to its end.
  void play_episode(std::uint64_t seed) {
    const int limit = first_->max_episode_steps();
    reset(*second_, seed);
    reset(*first_, seed);
    check_observation();
    Values other = observation_;
    StepOutcome outcome;
    int steps = 0;
    while (!outcome.done() && steps <= limit) {
      const Values action = random_action(seed, steps);
      outcome = first_->step(action, observation_);
      const StepOutcome twin = second_->step(action, other);
      ++steps;
      expect(same(outcome, twin) && observation_ == other, "stepping is deterministic");
      check_observation();
      expect(std::isfinite(outcome.reward), "rewards are finite");
      expect(!(outcome.terminated && outcome.truncated),
             "terminated and truncated are never both true");
      expect(!outcome.truncated || steps == limit, "truncated is true only at max_episode_steps");
      if (twin.done() != outcome.done()) return;
    }
    expect(steps <= limit, "an episode ends at max_episode_steps");
    saw_time_limit_ = steps >= limit;
    if (outcome.done()) {
      expect_error([&] { first_->step(action_at(0.5), observation_); },
                   "a step after the end is an Error");
    }
  }

  void check_observation() {
    expect(finite(observation_), "observations are finite");
    expect(!finite(observation_) || first_->observation_space().contains(observation_),
           "observations are in observation_space");
  }

  Values reset(Env& env, std::uint64_t seed) {
    // Values that reset does not write stay NaN and are found.
    std::ranges::fill(observation_, std::numeric_limits<double>::quiet_NaN());
    env.reset(seed, observation_);
    return observation_;
  }

  // The action at a fraction of every dimension's range, as in bounded().
  Values action_at(double fraction) const {
    const Space space = bounded(first_->action_space());
    Values action;
    for (std::size_t i = 0; i < space.low.size(); ++i) {
      action.push_back(space.low[i] + fraction * (space.high[i] - space.low[i]));
    }
    return action;
  }

  Values random_action(std::uint64_t seed, int step) const {
    Random random(seed, Purpose::exploration, static_cast<std::uint64_t>(step));
    Values action = action_at(0);
    const Values high = action_at(1);
    for (std::size_t i = 0; i < action.size(); ++i) action[i] = random.uniform(action[i], high[i]);
    return action;
  }

  template <typename Call>
  void expect_error(Call&& call, const std::string& claim) {
    try {
      call();
    } catch (const Error&) {
      return;
    }
    violated(claim);
  }

  void expect(bool holds, const std::string& claim) {
    if (!holds) violated(claim);
  }

  void violated(const std::string& claim) {
    if (std::ranges::find(violations_, claim) == violations_.end()) violations_.push_back(claim);
  }

  const EnvFactory& make_;
  EnvChecks checks_;
  std::unique_ptr<Env> first_, second_;
  Values observation_;
  bool saw_time_limit_ = false;
  std::vector<std::string> violations_;
};

}  // namespace

std::vector<std::string> check_env(const EnvFactory& make, const EnvChecks& checks) {
  return Checker(make, checks).run();
}

std::vector<std::string> check_env(std::string_view name) {
  return check_env([&] { return make_env(name); });
}

}  // namespace seqrl
