#include "envs/robots/toy_point.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "configs/base/error.h"
#include "configs/base/random.h"

namespace seqrl {
namespace {

class ToyPoint final : public Env {
 public:
  const std::string& name() const override { return name_; }
  const Space& observation_space() const override { return observation_space_; }
  const Space& action_space() const override { return action_space_; }
  int max_episode_steps() const override { return 20; }

  void reset(std::uint64_t seed, std::span<double> observation) override {
    position_ = Random(seed, Purpose::reset).uniform(-5, 5);
    steps_ = 0;
    running_ = true;
    observation[0] = position_;
  }

  StepOutcome step(std::span<const double> action, std::span<double> observation) override {
    SEQRL_REQUIRE(running_, "toy_point: reset it first");
    SEQRL_REQUIRE(action.size() == 1 && std::isfinite(action[0]), "toy_point: one finite number");
    position_ = std::clamp(position_ + std::clamp(action[0], -1.0, 1.0), -10.0, 10.0);
    observation[0] = position_;
    running_ = ++steps_ < max_episode_steps();
    return {.reward = -std::abs(position_), .truncated = !running_};
  }

 private:
  std::string name_ = "toy_point";
  Space observation_space_ = Space::box(1, -10, 10), action_space_ = Space::box(1, -1, 1);
  double position_ = 0;
  int steps_ = 0;
  bool running_ = false;
};

}  // namespace

std::unique_ptr<Env> make_toy_point() {
  return std::make_unique<ToyPoint>();
}

}  // namespace seqrl
