#include "agents/evaluation/evaluator.h"

#include <algorithm>
#include <cmath>
#include <mutex>
#include <nlohmann/json.hpp>

#include "agents/datasets/scores.h"
#include "agents/policies/checkpoint.h"
#include "envs/registry.h"
#include "tests/agents/small_agent.h"
#include "tests/catch.h"

using namespace seqrl;

namespace {

struct Hopper : SmallAgent {
  explicit Hopper(const std::string& kind = "min_gru") : SmallAgent("hopper", kind) {}

  Evaluation play(int threads, std::int64_t group, std::int64_t episodes = 7) const {
    ThreadPool pool(threads);
    return *evaluate(*agent, *weights,
                     {.env = EnvSection("hopper"),
                      .targets = {3600, 1800},
                      .episodes = episodes,
                      .modes = {ActMode::window, ActMode::stream},
                      .group = group},
                     pool);
  }
};

// An environment with three-step episodes. The reward is the seed's last digit, and every episode
// with an odd seed breaks: the environment says so, or its observation is not a number.
class Numbers : public Env {
 public:
  const std::string& name() const override { return name_; }
  const Space& observation_space() const override { return observations_; }
  const Space& action_space() const override { return actions_; }
  int max_episode_steps() const override { return 3; }
  void reset(std::uint64_t seed, std::span<double> observation) override {
    seed_ = seed;
    step_ = 0;
    observation[0] = 0;
  }
  StepOutcome step(std::span<const double>, std::span<double> observation) override {
    ++step_;
    observation[0] = seed_ % 4 == 1 ? std::nan("") : step_;
    return {.reward = static_cast<double>(seed_ % 10),
            .truncated = step_ == 3,
            .invalid = seed_ % 4 == 3};
  }

 private:
  std::string name_ = "numbers";
  Space observations_ = Space::unbounded(1), actions_ = Space::box(1, -1, 1);
  std::uint64_t seed_ = 0;
  int step_ = 0;
};

}  // namespace

TEST_CASE("an evaluation does not depend on the threads or on how episodes are grouped") {
  const Hopper hopper;
  const Evaluation one = hopper.play(1, 100);
  REQUIRE(one.targets.size() == 4);
  for (auto [threads, group] : {std::pair{1, 1}, {2, 3}, {4, 0}, {9, 0}}) {
    const Evaluation other = hopper.play(threads, group);
    for (std::size_t i = 0; i < 4; ++i) CHECK(other.targets[i].returns == one.targets[i].returns);
  }
}

TEST_CASE("adding episodes leaves the first ones unchanged; mean, deviation and score are right") {
  const Hopper hopper;
  const TargetResult few = hopper.play(2, 0, 3).targets[2], many = hopper.play(2, 0, 7).targets[2];
  CHECK(std::equal(few.returns.begin(), few.returns.end(), many.returns.begin()));
  const double mean = (few.returns[0] + few.returns[1] + few.returns[2]) / 3;
  double squares = 0;
  for (double value : few.returns) squares += (value - mean) * (value - mean) / 3;
  CHECK(*few.return_mean == Approx(mean));
  CHECK(*few.return_std == Approx(std::sqrt(squares)));
  CHECK(*few.score_mean == Approx(reference_returns("hopper")->normalized(mean)));
}

TEST_CASE("behaviour cloning needs no targets and is evaluated once") {
  const Hopper hopper("behavior_cloning");
  const Evaluation played = hopper.play(2, 0);
  REQUIRE(played.targets.size() == 1);  // both modes are the same
  CHECK(!played.targets[0].target);
  CHECK(to_json(played)["mode"] == "window");
  CHECK(to_json(played)["modes"].empty());
  CHECK_THAT(to_text(played), !Catch::Contains("window"));
  CHECK(to_json(Hopper().play(2, 0))["modes"].size() == 2);
}

TEST_CASE("invalid episodes are counted but not scored") {
  register_env("numbers", [] { return std::make_unique<Numbers>(); });
  RunConfig config;
  config.env.choose("numbers");
  config.resolve();
  const auto agent = make_agent(
      config,
      {.observation_dim = 1, .action_dim = 1, .observation_mean = {0}, .observation_std = {1}});
  const ParameterBlock block(*agent, DType::f32, 1);
  const PackedWeights weights(block, false);
  ThreadPool pool(2);
  const auto played = evaluate(
      *agent, weights,
      {.env = EnvSection("numbers"), .targets = {10}, .episodes = 20, .modes = {ActMode::stream}},
      pool);
  const TargetResult& result = played->targets[0];
  CHECK(result.episodes == 20);
  CHECK(result.invalid > 0);
  CHECK(static_cast<std::int64_t>(result.returns.size()) == 20 - result.invalid);
  for (double value : result.returns) CHECK(std::fmod(value, 6.0) == 0);  // 3 × an even digit
  const auto json = to_json(*played)["targets"][0];
  REQUIRE(json["returns"].size() == 20);
  CHECK(std::ranges::count(json["returns"], nullptr) == result.invalid);
  std::vector<double> valid;
  for (std::size_t i = 0; i < 20; ++i) {
    const auto& value = json["returns"][i];
    CHECK(json["lengths"][i] == (value.is_null() ? 1 : 3));
    if (!value.is_null()) valid.push_back(value);
  }
  CHECK(valid == result.returns);
  CHECK(!result.score_mean);  // D4RL has no such environment
}

TEST_CASE("an agent for another environment is rejected") {
  const SmallAgent walker("walker2d");
  ThreadPool pool(1);
  CHECK_THROWS_WITH(
      evaluate(*walker.agent, *walker.weights,
               {.env = EnvSection("hopper"), .targets = {1}, .modes = {ActMode::stream}}, pool),
      Catch::Contains("observations of 17 numbers and actions of 6, but hopper has 11"));
}

TEST_CASE("a stopped evaluation has no result") {
  const Hopper hopper;
  ThreadPool pool(2);
  CHECK(!evaluate(*hopper.agent, *hopper.weights,
                  {.env = EnvSection("hopper"),
                   .targets = {1},
                   .modes = {ActMode::stream},
                   .monitor = {.stop = [] { return true; }}},
                  pool));
}

TEST_CASE("an evaluation reports its progress in episodes and as a fraction") {
  const Hopper hopper;
  ThreadPool pool(3);
  std::mutex mutex;
  double part = 0;
  std::int64_t done = 0, told = 0;
  const auto played = evaluate(*hopper.agent, *hopper.weights,
                               {.env = EnvSection("hopper"),
                                .targets = {1, 2},
                                .episodes = 5,
                                .modes = {ActMode::stream, ActMode::window},
                                .monitor = {.advanced =
                                                [&](const WorkProgress& progress) {
                                                  const std::lock_guard lock(mutex);
                                                  part = std::max(part, progress.fraction);
                                                  done = std::max(done, progress.done);
                                                  CHECK(progress.total == 20);
                                                  ++told;
                                                }}},
                               pool);
  CHECK(part == 1);
  CHECK(done == 20);
  CHECK(told > 20);
  CHECK(told <= played->steps);
}
