#include <seqrl/actor.h>
#include <seqrl/backbone.h>
#include <seqrl/dataset.h>
#include <seqrl/env.h>
#include <seqrl/train.h>

#include "tests/catch.h"

using namespace seqrl;

namespace {

// Adds its action to a position; uses Eigen's vectors.
class Adder : public EigenEnv {
 public:
  const std::string& name() const override { return name_; }
  const Space& observation_space() const override { return observations_; }
  const Space& action_space() const override { return actions_; }
  int max_episode_steps() const override { return 10; }

 private:
  void reset_vector(std::uint64_t seed, VectorRef observation) override {
    position_ = Eigen::Vector2d::Constant(static_cast<double>(seed));
    observation = position_;
  }
  StepOutcome step_vector(const ConstVectorRef& action, VectorRef observation) override {
    position_ += action;
    observation = position_;
    return {.reward = position_.sum()};
  }

  std::string name_ = "adder";
  Space observations_ = Space::unbounded(2), actions_ = Space::unbounded(2);
  Eigen::Vector2d position_;
};

}  // namespace

TEST_CASE("an actor gives the same action for an Eigen vector as for a span") {
  Actor actor("hopper-expert");
  const Eigen::VectorXd observation = Eigen::VectorXd::LinSpaced(actor.observation_dim(), 0, 0.1);
  actor.reset();
  const Eigen::VectorXd first = actor.act(observation, 0);
  const Eigen::VectorXd half = actor.act(0.5 * observation, 1);  // an expression
  actor.reset();
  const std::vector<double> values(observation.begin(), observation.end());
  const auto same = [](const Eigen::VectorXd& ours, std::span<const double> other) {
    return std::equal(ours.begin(), ours.end(), other.begin(), other.end());
  };
  CHECK(first.size() == actor.action_dim());
  CHECK(same(first, actor.act(values, 0.0)));
  std::vector<double> halves = values;
  for (double& value : halves) value *= 0.5;
  CHECK(same(half, actor.act(halves, 1.0)));
  CHECK_THROWS_AS(actor.act(Eigen::VectorXd::Zero(3), 0), Error);
}

TEST_CASE("environments accept and return Eigen vectors, however they are implemented") {
  Adder adder;
  Eigen::VectorXd observation = reset(adder, 3);
  CHECK(observation == Eigen::Vector2d(3, 3));
  CHECK(step(adder, Eigen::Vector2d(1, 2), observation).reward == 9);
  CHECK(observation == Eigen::Vector2d(4, 5));

  const auto hopper = make_env("hopper"), other = make_env("hopper");
  Eigen::VectorXd seen = reset(*hopper, 1);
  std::vector<double> expected(static_cast<std::size_t>(seen.size())), action(3, 0.25);
  other->reset(1, expected);
  CHECK(std::ranges::equal(seen, expected));
  const StepOutcome ours = step(*hopper, Eigen::Vector3d::Constant(0.25), seen);
  CHECK(ours.reward == other->step(action, expected).reward);
  CHECK(std::ranges::equal(seen, expected));
}

TEST_CASE("Eigen views a dataset's rows and columns without a copy") {
  TrajectoriesBuilder builder(2, 1);
  for (float t : {0.0f, 1.0f, 2.0f}) {
    builder.add_step(std::vector<float>{t, 10 * t}, std::vector<float>{-t}, t);
  }
  builder.end_episode(EndKind::terminated);
  const Trajectories data = std::move(builder).build({.path = "three steps"});
  const auto observations = observation_matrix(data);
  CHECK(observations.data() == data.observations().data());
  CHECK(observations.rows() == 3);
  CHECK(observations.col(1) == Eigen::Vector3f(0, 10, 20));
  CHECK(action_matrix(data).row(2)[0] == -2);
  CHECK(reward_vector(data).sum() == 3);
  CHECK(return_to_go_vector(data) == Eigen::Vector3f(3, 3, 2));
}
