// A pole to swing up and balance, as an environment that seqrl loads at run time.
#include <seqrl/env.h>
#include <algorithm>
#include <cmath>

namespace {

using namespace seqrl;

// Options in a config: env: {kind: pendulum, length: 0.5}.
struct PendulumConfig : EnvOptions {
  double length = 1, torque = 2;
  void fields(Fields& field) {
    EnvOptions::fields(field);
    field("length", length, "length of the pole, in metres", positive());
    field("torque", torque, "maximum torque, in newton metres", positive());
  }
};

// Observations: cosine and sine of the angle (0 = upright), and its velocity. The action, in
// [-1, 1], is a fraction of the maximal torque. Reward −(angle² + 0.1 · velocity² + 0.001 ·
// torque²).
class Pendulum final : public EigenEnv {
 public:
  explicit Pendulum(const PendulumConfig& config) : config_(config) {}

  const std::string& name() const override { return name_; }
  const Space& observation_space() const override { return observation_space_; }
  const Space& action_space() const override { return action_space_; }
  int max_episode_steps() const override { return 200; }

  void reset_vector(std::uint64_t seed, VectorRef observation) override {
    Random random(seed, Purpose::reset);
    angle_ = random.uniform(-kPi, kPi);
    velocity_ = random.uniform(-1, 1);
    steps_ = 0;
    running_ = true;
    observe(observation);
  }

  StepOutcome step_vector(const ConstVectorRef& action, VectorRef observation) override {
    SEQRL_REQUIRE(running_, "pendulum: call reset() first");
    SEQRL_REQUIRE(action.size() == 1 && action.allFinite(),
                  "pendulum: an action is one finite number");
    const double torque = config_.torque * std::clamp(action[0], -1.0, 1.0);
    const double reward =
        -(angle_ * angle_ + 0.1 * velocity_ * velocity_ + 0.001 * torque * torque);
    const double square = config_.length * config_.length;  // a mass of 1 kg
    velocity_ += kSeconds * (1.5 * 9.81 / config_.length * std::sin(angle_) + 3 * torque / square);
    velocity_ = std::clamp(velocity_, -8.0, 8.0);
    angle_ = std::remainder(angle_ + kSeconds * velocity_, 2 * kPi);
    observe(observation);
    running_ = ++steps_ < max_episode_steps();
    return {.reward = reward, .truncated = !running_};
  }

 private:
  static constexpr double kPi = 3.141592653589793, kSeconds = 0.05;

  void observe(VectorRef observation) const {
    observation << std::cos(angle_), std::sin(angle_), velocity_;
  }

  PendulumConfig config_;
  std::string name_ = "pendulum";
  Space observation_space_{{-1, -1, -8}, {1, 1, 8}}, action_space_ = Space::box(1, -1, 1);
  double angle_ = 0, velocity_ = 0;
  int steps_ = 0;
  bool running_ = false;
};

}  // namespace

SEQRL_PLUGIN([] {
  register_env<PendulumConfig>("pendulum", "a pole to swing up", [](const PendulumConfig& config) {
    return std::make_unique<Pendulum>(config);
  });
})
