#include "envs/checked_env.h"

#include <limits>
#include <string>
#include <vector>

#include "configs/base/error.h"
#include "envs/env_batch.h"
#include "envs/env_notes.h"
#include "tests/catch.h"

using namespace seqrl;

namespace {

// Returns the given observation and reward.
class Fixed final : public Env {
 public:
  Fixed(double observation, double reward) : observation_(observation), reward_(reward) {}

  const std::string& name() const override { return name_; }
  const Space& observation_space() const override { return space_; }
  const Space& action_space() const override { return space_; }
  int max_episode_steps() const override { return 10; }
  void reset(std::uint64_t, std::span<double> observation) override {
    observation[0] = observation_;
  }
  StepOutcome step(std::span<const double>, std::span<double> observation) override {
    observation[0] = observation_;
    return {.reward = reward_};
  }

 private:
  std::string name_ = "fixed";
  Space space_ = Space::box(1, -1, 1);
  double observation_, reward_;
};

}  // namespace

TEST_CASE("a step with numbers that are not finite in float32 is invalid, and its reward zero") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  std::vector<double> observation(1);
  const std::vector<double> action = {0};
  const auto step = [&](double observed, double reward) {
    Fixed env(observed, reward);
    return step_checked(env, action, observation);
  };
  take_env_notes();
  CHECK_FALSE(step(1, 2).invalid);
  CHECK(step(1, 2).reward == 2);
  CHECK(take_env_notes().empty());
  for (const auto& [observed, reward] :
       {std::pair{nan, 2.0}, {1e39, 2.0}, {1.0, nan}, {1.0, -1e300}}) {
    CHECK(step(observed, reward).invalid);
    CHECK(step(observed, reward).reward == 0);
  }
  CHECK_THAT(take_env_notes().at(0), Catch::Contains("fixed") && Catch::Contains("is not finite"));
}

TEST_CASE("an episode cannot begin with numbers that are not finite") {
  std::vector<double> observation(1);
  Fixed good(1, 0), bad(std::numeric_limits<double>::infinity(), 0);
  reset_checked(good, 0, observation);
  CHECK_THROWS_WITH(reset_checked(bad, 0, observation),
                    Catch::Contains("the first observation of an episode has inf at [0]"));
  std::vector<std::unique_ptr<Env>> envs;
  envs.push_back(std::make_unique<Fixed>(1e39, 0));
  const auto batch = batch_of(std::move(envs));
  CHECK_THROWS_AS(batch->reset(std::array{ResetRow{0, 0, observation}}), Error);
}
