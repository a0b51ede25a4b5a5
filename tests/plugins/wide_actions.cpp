// A point moved by actions far beyond ±1; it rejects any outside their box.
#include <configs/base/error.h>
#include <configs/base/random.h>
#include <configs/schema/plugin.h>
#include <envs/registry.h>

#include <algorithm>
#include <array>
#include <memory>

namespace {

using namespace seqrl;

// Observations: the point's position, (2). Actions: in [-3, 3], in [0, 8], and one that is always
// 5. Reward −(x − 2)² − (y − 6)², the goal of the actions.
class WideActions final : public Env {
 public:
  const std::string& name() const override { return name_; }
  const Space& observation_space() const override { return observation_space_; }
  const Space& action_space() const override { return action_space_; }
  int max_episode_steps() const override { return 20; }

  void reset(std::uint64_t seed, std::span<double> observation) override {
    Random random(seed, Purpose::reset);
    for (double& x : place_) x = random.uniform(-1, 1);
    steps_ = 0;
    std::ranges::copy(place_, observation.begin());
  }

  StepOutcome step(std::span<const double> action, std::span<double> observation) override {
    SEQRL_REQUIRE(action_space_.contains(action), "wide_actions: ({}, {}, {}) is not in the box",
                  action[0], action[1], action[2]);
    double reward = 0;
    constexpr std::array kGoal = {2.0, 6.0};
    for (std::size_t i = 0; i < place_.size(); ++i) {
      place_[i] += 0.5 * (action[i] - place_[i]);
      reward -= (place_[i] - kGoal[i]) * (place_[i] - kGoal[i]);
    }
    std::ranges::copy(place_, observation.begin());
    return {.reward = reward, .truncated = ++steps_ == max_episode_steps()};
  }

 private:
  std::string name_ = "wide_actions";
  Space observation_space_ = Space::unbounded(2);
  Space action_space_{{-3, 0, 5}, {3, 8, 5}};
  std::array<double, 2> place_{};
  int steps_ = 0;
};

}  // namespace

SEQRL_PLUGIN([] { register_env("wide_actions", [] { return std::make_unique<WideActions>(); }); })
