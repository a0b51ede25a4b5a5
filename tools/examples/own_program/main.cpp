// Your own environment and data: trains on them, then acts.
#include <seqrl/actor.h>
#include <seqrl/dataset.h>
#include <seqrl/env.h>
#include <seqrl/train.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <iostream>

using namespace seqrl;

// A cart on a rail, pushed by a force in [-1, 1], that should stop at 0. It observes its position
// and velocity. A perfect step has a reward of 1.
class Cart : public Env {
 public:
  const std::string& name() const override { return name_; }
  const Space& observation_space() const override { return observations_; }
  const Space& action_space() const override { return actions_; }
  int max_episode_steps() const override { return 100; }

  void reset(std::uint64_t seed, std::span<double> observation) override {
    position_ = Random(seed, Purpose::reset).uniform(-1, 1);
    speed_ = step_ = 0;
    show(observation);
  }

  StepOutcome step(std::span<const double> action, std::span<double> observation) override {
    const double force = std::clamp(action[0], -1.0, 1.0);
    speed_ += 0.1 * force;
    position_ += 0.1 * speed_;
    show(observation);
    const double reward = 1 - position_ * position_ - 0.1 * force * force;
    const bool off = std::abs(position_) > 2;
    return {.reward = reward, .terminated = off, .truncated = ++step_ == max_episode_steps()};
  }

 private:
  void show(std::span<double> observation) const {
    observation[0] = position_;
    observation[1] = speed_;
  }

  std::string name_ = "cart";
  Space observations_ = Space::unbounded(2), actions_ = Space::box(1, -1, 1);
  double position_ = 0, speed_ = 0;
  int step_ = 0;
};

// Data from controllers of all qualities; yours may come from a log.
Trajectories record(int episodes) {
  TrajectoriesBuilder builder(2, 1);
  Cart cart;
  std::vector<double> observation(2), action(1);
  for (int episode = 0; episode < episodes; ++episode) {
    Random random(1, Purpose::exploration, static_cast<std::uint64_t>(episode));
    const double pull = random.uniform(-0.5, 3), brake = random.uniform(0, 3);
    cart.reset(random.below(1000000), observation);
    StepOutcome outcome;
    while (!outcome.done()) {
      const std::vector<float> seen(observation.begin(), observation.end());
      action[0] = -pull * observation[0] - brake * observation[1] + 0.2 * random.normal();
      action[0] = std::clamp(action[0], -1.0, 1.0);
      outcome = cart.step(action, observation);
      builder.add_step(seen, std::vector<float>{static_cast<float>(action[0])},
                       static_cast<float>(outcome.reward));
    }
    builder.end_episode(outcome.terminated ? EndKind::terminated : EndKind::timeout);
  }
  return std::move(builder).build({.path = "carts of all qualities"});
}

int main(int argc, char** argv) try {
  const std::string run = argc > 1 ? argv[1] : "cart-run";
  register_env("cart", [] { return std::make_unique<Cart>(); });
  if (!std::filesystem::exists(run)) {
    const std::string yaml =
        R"({env: cart, backbone: {dim: 32, layers: 2}, agent: {return_scale: 100},
      training: {steps: 600, lr: 2e-3, warmup: 50}, evaluation: {targets: [95], episodes: 20}})";
    const auto config = read_config_text<RunConfig>(yaml, "own_program", {"output=" + run});
    const auto say = [](const std::string& line) { std::cout << line << "\n"; };
    TrainingRun::begin(config, record(300)).run({.on_message = say});
  }
  Actor actor(run);
  Cart cart;
  Eigen::VectorXd observation = reset(cart, 7);
  actor.reset(95);
  double total = 0;
  for (StepOutcome outcome; !outcome.done(); total += outcome.reward) {
    outcome = step(cart, actor.act(observation, outcome.reward), observation);
  }
  std::cout << "target 95, return " << total << ", final position " << observation[0] << "\n";
} catch (const Error& error) {
  std::cerr << error.what() << "\n";
  return 1;
}
