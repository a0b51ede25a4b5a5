// Evaluations with policies on a device.
#include "agents/evaluation/evaluator.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "envs/registry.h"
#include "tests/agents/small_agent.h"
#include "tests/catch.h"

using namespace seqrl;

namespace {

// A point that an action moves. The reward is the distance moved. Episodes are two to eight steps
// long, depending on the seed, and one in seven breaks.
class Line : public Env {
 public:
  const std::string& name() const override { return name_; }
  const Space& observation_space() const override { return observations_; }
  const Space& action_space() const override { return actions_; }
  int max_episode_steps() const override { return 8; }
  void reset(std::uint64_t seed, std::span<double> observation) override {
    seed_ = seed % 7;
    step_ = 0;
    observation[0] = place_ = static_cast<double>(seed_);
    observation[1] = 0;
  }
  StepOutcome step(std::span<const double> action, std::span<double> observation) override {
    ++step_;
    observation[0] = place_ += action[0];
    observation[1] = static_cast<double>(step_);
    return {
        .reward = action[0], .truncated = step_ == seed_ + 2, .invalid = seed_ == 6 && step_ == 3};
  }

 private:
  std::string name_ = "line";
  Space observations_ = Space::unbounded(2), actions_ = Space::box(1, -0.5, 2);
  std::uint64_t seed_ = 0, step_ = 0;
  double place_ = 0;
};

const std::string& line() {
  static const std::string name = [] {
    register_env("line", [] { return std::make_unique<Line>(); });
    return "line";
  }();
  return name;
}

struct Player {
  Player(Device device, const std::string& kind) : small(line(), kind, device, 2) {}

  std::optional<Evaluation> play(int threads, std::int64_t group = 0,
                                 const std::function<bool()>& stop = nullptr) const {
    ThreadPool pool(threads);
    return evaluate(*small.agent, *small.block,
                    {.env = EnvSection(line()),
                     .targets = {3, 1},
                     .episodes = 9,
                     .modes = {ActMode::window, ActMode::stream},
                     .group = group,
                     .monitor = {.stop = stop}},
                    pool);
  }

  SmallAgent small;
};

}  // namespace

TEST_CASE("an evaluation on CUDA gives the CPU's returns for any number of threads") {
  for (const char* kind : {"min_gru", "transformer", "behavior_cloning"}) {
    CAPTURE(kind);
    const Player cpu(Device::cpu, kind), cuda(Device::cuda, kind);
    const Evaluation expected = *cpu.play(2), ours = *cuda.play(1);
    CHECK(to_json(ours).at("device") == "cuda");
    CHECK(to_json(expected).at("device") == "cpu");
    CHECK(ours.steps == expected.steps);
    REQUIRE(ours.targets.size() == expected.targets.size());
    const Evaluation again = *cuda.play(3), groups = *cuda.play(2, 4);
    for (std::size_t i = 0; i < expected.targets.size(); ++i) {
      const TargetResult &a = ours.targets[i], &b = expected.targets[i];
      CHECK(a.mode == b.mode);
      CHECK(a.target == b.target);
      CHECK(b.invalid > 0);
      CHECK(a.invalid == b.invalid);
      CHECK(a.length_mean == b.length_mean);
      REQUIRE(a.returns.size() == b.returns.size());
      for (std::size_t j = 0; j < a.returns.size(); ++j) {
        CHECK(a.returns[j] == Approx(b.returns[j]).margin(1e-4));
        CHECK(groups.targets[i].returns[j] == Approx(a.returns[j]).margin(1e-4));
      }
      CHECK(again.targets[i].returns == a.returns);
    }
  }
}

TEST_CASE("a stopped evaluation on CUDA has no result") {
  const Player cuda(Device::cuda, "min_gru");
  int asked = 0;
  CHECK_FALSE(cuda.play(2, 0, [&] { return ++asked == 4; }));
}

TEST_CASE("evaluation.device selects where policies act") {
  const Player player(Device::cuda, "min_gru");
  const auto device = [&](const char* named, Device home) {
    RunConfig config;
    config.evaluation.device = named;
    return evaluation_device(config, *player.small.agent, home);
  };
  CHECK(device("auto", Device::cpu) == Device::cpu);
  CHECK(device("auto", Device::cuda) == Device::cuda);
  CHECK(device("cpu", Device::cuda) == Device::cpu);
  CHECK(device("cuda", Device::cpu) == Device::cuda);
}
