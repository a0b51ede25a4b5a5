// A test environment with discrete actions: for eight steps it shows which of three is right.
#pragma once

#include <algorithm>
#include <memory>
#include <string>

#include "agents/datasets/trajectories_builder.h"
#include "configs/base/random.h"
#include "envs/registry.h"

namespace seqrl {

// "guessing": the observation is the one-hot of the right choice, sampled for every step; the
// reward is 1 for the right choice, otherwise 0.
class GuessingEnv : public Env {
 public:
  static constexpr int kChoices = 3, kSteps = 8;

  static void make_known() {
    const auto names = env_names();
    if (std::ranges::find(names, "guessing") != names.end()) return;
    register_env("guessing", [] { return std::make_unique<GuessingEnv>(); });
  }

  const std::string& name() const override { return name_; }
  const Space& observation_space() const override { return observations_; }
  const Space& action_space() const override { return actions_; }
  int max_episode_steps() const override { return kSteps; }
  void reset(std::uint64_t seed, std::span<double> observation) override {
    seed_ = seed;
    step_ = 0;
    show(observation);
  }
  StepOutcome step(std::span<const double> action, std::span<double> observation) override {
    SEQRL_REQUIRE(actions_.contains(action), "guessing: {} is no choice", action[0]);
    const double reward = action[0] == right_ ? 1 : 0;
    const bool over = ++step_ == kSteps;
    show(observation);
    return {.reward = reward, .truncated = over};
  }

 private:
  void show(std::span<double> observation) {
    Random random(seed_, Purpose::test, static_cast<std::uint64_t>(step_));
    right_ = static_cast<int>(random.below(kChoices));
    std::ranges::fill(observation, 0.0);
    observation[static_cast<std::size_t>(right_)] = 1;
  }

  std::string name_ = "guessing";
  Space observations_ = Space::box(kChoices, 0, 1), actions_ = Space::discrete(kChoices);
  std::uint64_t seed_ = 0;
  int step_ = 0, right_ = 0;
};

// Episodes of the environment in which every `wrong`-th choice is wrong.
inline Trajectories guessing_data(int episodes, int wrong = 5) {
  GuessingEnv env;
  TrajectoriesBuilder builder(GuessingEnv::kChoices, 1);
  std::vector<double> observation(GuessingEnv::kChoices);
  int number = 0;
  for (int episode = 0; episode < episodes; ++episode) {
    env.reset(static_cast<std::uint64_t>(1000 + episode), observation);
    for (StepOutcome outcome; !outcome.done();) {
      const std::vector<float> seen(observation.begin(), observation.end());
      const auto right = std::ranges::max_element(observation) - observation.begin();
      const auto choice = (right + (++number % wrong == 0)) % GuessingEnv::kChoices;
      const auto action = static_cast<double>(choice);
      outcome = env.step({&action, 1}, observation);
      builder.add_step(seen, std::vector<float>{static_cast<float>(choice)},
                       static_cast<float>(outcome.reward));
    }
    builder.end_episode(EndKind::timeout);
  }
  return std::move(builder).build({.action_choices = GuessingEnv::kChoices});
}

}  // namespace seqrl
