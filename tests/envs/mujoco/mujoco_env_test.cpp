#include "envs/mujoco/mujoco_env.h"

#include <cmath>
#include <filesystem>
#include <functional>
#include <limits>

#include "configs/base/error.h"
#include "envs/robots/hopper.h"
#include "tests/catch.h"

using namespace seqrl;

namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

constexpr const char* kCart = R"(
<mujoco>
  <worldbody>
    <body name="cart">
      <joint name="x" type="slide" axis="1 0 0"/>
      <geom type="sphere" size="0.1"/>
    </body>
  </worldbody>
  <actuator> <motor joint="x" gear="10" ctrllimited="true" ctrlrange="-1 2"/> </actuator>
</mujoco>)";

// An example of a user's own environment: a cart on a rail that must not pass one metre.
class Cart final : public MujocoEnv {
 public:
  explicit Cart(const char* mjcf = kCart)
      : MujocoEnv({.name = "cart",
                   .mjcf = mjcf,
                   .frame_skip = 2,
                   .observation_dim = 2,
                   .max_episode_steps = 20}) {}

 private:
  void draw_start(Random& random, std::span<double> qpos, std::span<double>) const override {
    qpos[0] += random.uniform(-0.01, 0.01);
  }
  StepOutcome evaluate_step(std::span<const double> action) const override {
    return {.reward = action[0], .terminated = qpos()[0] > 1};
  }
  void observe(std::span<double> observation) const override {
    observation[0] = qpos()[0];
    observation[1] = qvel()[0];
  }
};

std::string message_of(const std::function<void()>& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("an environment takes its spaces and its time step from the model", "[mujoco_env]") {
  Cart cart;
  CHECK(cart.action_space().low == std::vector{-1.0});
  CHECK(cart.action_space().high == std::vector{2.0});
  CHECK(cart.observation_space().dim() == 2);
  CHECK(cart.step_seconds() == Approx(2 * 0.002));
  CHECK(cart.model().position_dim() == 1);
}

TEST_CASE("the time limit truncates, a terminal state terminates, never both", "[mujoco_env]") {
  Cart cart;
  std::vector<double> observation(2);
  const std::vector<double> rest{0.0};
  cart.reset(0, observation);
  for (int i = 1; i < 20; ++i) REQUIRE_FALSE(cart.step(rest, observation).done());
  const StepOutcome last = cart.step(rest, observation);
  CHECK(last.truncated);
  CHECK_FALSE(last.terminated);

  cart.set_state(std::vector{0.9999}, std::vector{1.0}, observation);
  const StepOutcome fall = cart.step(rest, observation);
  CHECK(fall.terminated);
  CHECK_FALSE(fall.truncated);

  // Past the end in the very last step: the task ended, not the time.
  cart.set_state(std::vector{0.0}, std::vector{1.0 / (19.5 * cart.step_seconds())}, observation);
  for (int i = 1; i < 20; ++i) REQUIRE_FALSE(cart.step(rest, observation).done());
  const StepOutcome both = cart.step(rest, observation);
  CHECK(both.terminated);
  CHECK_FALSE(both.truncated);
}

TEST_CASE("actions are clipped before the reward is computed", "[mujoco_env]") {
  Cart cart;
  std::vector<double> beyond(2), bound(2);
  cart.reset(0, beyond);
  CHECK(cart.step(std::vector{50.0}, beyond).reward == 2);
  cart.reset(0, bound);
  cart.step(std::vector{2.0}, bound);
  CHECK(beyond == bound);
}

TEST_CASE("misuse is an Error with its cause and location", "[mujoco_env]") {
  Cart cart;
  std::vector<double> observation(2), small(1);
  const std::vector<double> rest{0.0};
  CHECK(message_of([&] { cart.step(rest, observation); }) == "cart: step before reset");
  cart.reset(0, observation);
  cart.step(rest, observation);
  CHECK(message_of([&] { cart.step(std::vector{kNaN}, observation); }) ==
        "cart: action[0] is nan at step 1 of the episode");
  CHECK(message_of([&] {
          cart.step(std::vector{0.0, 0.0}, observation);
        }) == "cart: the action has 2 numbers, expected 1");
  CHECK(message_of([&] { cart.step(rest, small); }) ==
        "cart: the observation has 1 numbers, expected 2");
  CHECK(message_of([&] { cart.reset(0, small); }) != "");
  CHECK(message_of([&] { cart.set_state(std::vector{kNaN}, rest, observation); }) != "");
  CHECK(message_of([&] {
          cart.set_state(std::vector{0., 0.}, rest, observation);
        }) == "cart: qpos has 2 numbers, expected 1");
  cart.set_state(std::vector{2.0}, rest, observation);
  REQUIRE(cart.step(rest, observation).terminated);
  CHECK(message_of([&] { cart.step(rest, observation); }) ==
        "cart: step after the episode was done; reset first");
}

TEST_CASE("a broken simulation ends the episode as invalid, without reward and log file",
          "[mujoco_env]") {
  const auto env = make_hopper();
  auto& hopper = dynamic_cast<MujocoEnv&>(*env);
  const std::vector<double> rest(3);
  std::vector<double> observation(11), before;
  for (const double speed : {1e8, 9e9}) {
    hopper.set_state(std::vector<double>{0, 1.25, 0, 0, 0, 0},
                     std::vector<double>{0, speed, 0, speed, speed, 0}, observation);
    before = observation;
    const StepOutcome outcome = hopper.step(rest, observation);
    CHECK(outcome.invalid);
    CHECK_FALSE(outcome.terminated);
    CHECK_FALSE(outcome.truncated);
    CHECK(outcome.reward == 0);
    CHECK(observation == before);
    CHECK_THROWS_AS(hopper.step(rest, observation), Error);
  }
  hopper.reset(1, observation);
  CHECK_FALSE(hopper.step(rest, observation).done());
  CHECK_FALSE(std::filesystem::exists("MUJOCO_LOG.TXT"));
}

TEST_CASE("if MuJoCo has too little memory for contacts, the step fails and the program continues",
          "[mujoco_env]") {
  // Enough on a free rail. At the wall, MuJoCo 2.2 calls mju_error; newer ones drop contacts with
  // a warning, which is an invalid step.
  const bool old = mujoco_version().starts_with("2.2");
  std::string bumpers, mjcf = kCart;
  for (int i = 0; i < 30; ++i) {
    bumpers += fmt::format(R"(<geom type="sphere" size="0.1" pos="0 {} 0"/>)", i);
  }
  mjcf.insert(mjcf.find("<worldbody>"), old ? R"(<size nstack="100"/>)" : R"(<size memory="4K"/>)");
  mjcf.insert(mjcf.find("<geom"), bumpers);
  mjcf.insert(mjcf.find("<body"),
              R"(<geom type="plane" size="1 1 1" pos="1 0 0" zaxis="-1 0 0"/>)");
  const std::vector<double> rest{0.0}, free{0.0}, at_wall{0.95};
  std::vector<double> observation(2);
  Cart cart(mjcf.c_str());
  cart.set_state(free, rest, observation);
  CHECK_FALSE(cart.step(rest, observation).done());
  const std::string message = message_of([&] {
    cart.set_state(at_wall, rest, observation);
    CHECK(cart.step(rest, observation).invalid);
  });
  if (old) CHECK(message == "MuJoCo: Stack overflow");
  CHECK_FALSE(std::filesystem::exists("MUJOCO_LOG.TXT"));
  cart.set_state(free, rest, observation);
  CHECK_FALSE(cart.step(rest, observation).done());
}

TEST_CASE("an MJCF that does not compile is a one-line error with MuJoCo's reason",
          "[mujoco_env]") {
  const std::string message = message_of([] { Cart("<mujoco>\n<wordbody/>\n</mujoco>"); });
  CHECK(message.find("the MJCF of cart does not compile") != std::string::npos);
  CHECK(message.find("wordbody") != std::string::npos);
  CHECK(message.find('\n') == std::string::npos);
}

TEST_CASE("environments with the same MJCF share one compiled model", "[mujoco_env]") {
  const Cart one, two;
  CHECK(&one.model() == &two.model());
}
