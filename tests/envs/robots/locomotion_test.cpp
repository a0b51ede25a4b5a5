// The definitions of Gymnasium's v4 robots, item by item. For whole steps see recording_test.cpp.
#include "envs/robots/locomotion.h"

#include <algorithm>
#include <cmath>

#include "envs/registry.h"
#include "tests/catch.h"

using namespace seqrl;

namespace {

struct Robot {
  explicit Robot(const char* name)
      : env(make_env(name)),
        mujoco(dynamic_cast<MujocoEnv&>(*env)),
        qpos(mujoco.qpos().size()),
        qvel(mujoco.qvel().size()),
        observation(static_cast<std::size_t>(env->observation_space().dim())) {
    env->reset(0, observation);
    std::ranges::copy(mujoco.qpos(), qpos.begin());
  }

  StepOutcome rest_from_here() {
    mujoco.set_state(qpos, qvel, observation);
    return env->step(std::vector<double>(env->action_space().low.size()), observation);
  }

  std::unique_ptr<Env> env;
  MujocoEnv& mujoco;
  std::vector<double> qpos, qvel, observation;
};

struct Definition {
  const char* name;
  int observation_dim, action_dim, frame_skip;
  double step_seconds, position_noise;
};

const Definition kDefinitions[] = {{"hopper", 11, 3, 4, 0.008, 5e-3},
                                   {"walker2d", 17, 6, 4, 0.008, 5e-3},
                                   {"halfcheetah", 17, 6, 5, 0.05, 0.1},
                                   {"ant", 27, 8, 5, 0.05, 0.1},
                                   {"ant_d4rl", 111, 8, 5, 0.05, 0.1}};

}  // namespace

TEST_CASE("sizes, time steps and limits are the published ones", "[locomotion]") {
  for (const Definition& d : kDefinitions) {
    INFO(d.name);
    const Robot robot(d.name);
    CHECK(robot.env->observation_space().dim() == d.observation_dim);
    CHECK(robot.env->action_space().low == std::vector<double>(d.action_dim, -1.0));
    CHECK(robot.env->action_space().high == std::vector<double>(d.action_dim, 1.0));
    CHECK(robot.env->max_episode_steps() == 1000);
    CHECK(robot.mujoco.frame_skip() == d.frame_skip);
    CHECK(robot.mujoco.step_seconds() == Approx(d.step_seconds));
  }
}

TEST_CASE("start states are sampled around the model's with the published noise", "[locomotion]") {
  for (const Definition& d : kDefinitions) {
    INFO(d.name);
    Robot robot(d.name);
    const std::size_t hinge = robot.qpos.size() - 1;  // starts at zero in every model
    double largest = 0, position_sum = 0, squares = 0;
    const int seeds = 500;
    for (int seed = 0; seed < seeds; ++seed) {
      robot.env->reset(static_cast<std::uint64_t>(seed), robot.observation);
      const double q = robot.mujoco.qpos()[hinge], v = robot.mujoco.qvel().back();
      largest = std::max(largest, std::abs(q));
      position_sum += q;
      squares += v * v;
    }
    CHECK(largest <= d.position_noise);
    CHECK(largest > 0.98 * d.position_noise);
    CHECK(std::abs(position_sum / seeds) < 0.1 * d.position_noise);
    // Uniform noise has variance scale²/3, normal noise scale².
    const double variance = d.frame_skip == 4 ? d.position_noise * d.position_noise / 3 : 0.01;
    CHECK(squares / seeds == Approx(variance).epsilon(0.2));
  }
}

TEST_CASE("hopper terminates when too low, tilted or too fast", "[locomotion]") {
  Robot hopper("hopper");
  // One step from rest moves it by less than the margins below. Its leg is folded up: no contact.
  const auto terminated = [&](double height, double angle, double x_velocity) {
    hopper.qpos = {0, height, angle, -2.5, 0, 0};
    hopper.qvel[0] = x_velocity;
    const StepOutcome outcome = hopper.rest_from_here();
    CHECK_FALSE(outcome.truncated);
    CHECK_FALSE(outcome.invalid);
    return outcome.terminated;
  };
  CHECK_FALSE(terminated(0.702, 0, 0));
  CHECK(terminated(0.699, 0, 0));
  CHECK_FALSE(terminated(1.5, 0.195, 0));
  CHECK(terminated(1.5, 0.205, 0));
  CHECK_FALSE(terminated(1.5, -0.195, 0));
  CHECK(terminated(1.5, -0.205, 0));
  CHECK_FALSE(terminated(1.5, 0, 99.5));
  CHECK(terminated(1.5, 0, 100.5));
  CHECK_FALSE(terminated(1.5, 0, -99.5));
  CHECK(terminated(1.5, 0, -100.5));
  CHECK_FALSE(terminated(99, 0, 0));  // only qpos[2:] is bounded
  CHECK_FALSE(terminated(150, 0, 0));
}

TEST_CASE("walker2d terminates when too low, too high or tilted", "[locomotion]") {
  Robot walker("walker2d");
  const auto terminated = [&](double height, double angle) {
    walker.qpos = {0, height, angle, -2.5, 0, 0, -2.5, 0, 0};
    return walker.rest_from_here().terminated;
  };
  CHECK_FALSE(terminated(0.802, 0));
  CHECK(terminated(0.799, 0));
  CHECK_FALSE(terminated(1.999, 0));
  CHECK(terminated(2.002, 0));
  CHECK_FALSE(terminated(1.7, 0.98));
  CHECK(terminated(1.7, 1.02));
  CHECK_FALSE(terminated(1.7, -0.98));
  CHECK(terminated(1.7, -1.02));
}

TEST_CASE("ant terminates exactly when its height leaves [0.2, 1]", "[locomotion]") {
  Robot ant("ant");
  bool saw_low = false, saw_between = false, saw_high = false;
  ant.qpos.assign(15, 0);
  ant.qpos[3] = 1;
  ant.qvel[2] = -200;  // too fast for the floor to push it out again
  for (double height = 9.5; height < 11.5; height += 0.02) {
    ant.qpos[2] = height;
    const StepOutcome outcome = ant.rest_from_here();
    const double z = ant.mujoco.qpos()[2];
    saw_low |= z < 0.2;
    saw_between |= z >= 0.2 && z <= 1;
    saw_high |= z > 1;
    CHECK(outcome.terminated == (z < 0.2 || z > 1));
  }
  CHECK(saw_low);
  CHECK(saw_between);
  CHECK(saw_high);
}

TEST_CASE("halfcheetah does not terminate", "[locomotion]") {
  Robot cheetah("halfcheetah");
  cheetah.qpos[1] = 3;
  cheetah.qpos[2] = 3;
  CHECK_FALSE(cheetah.rest_from_here().done());
}

TEST_CASE("a model has enough memory for all contacts and joint limits at once", "[locomotion]") {
  for (const Definition& d : kDefinitions) {
    INFO(d.name);
    Robot robot(d.name);
    const bool planar = d.observation_dim < 20;
    for (std::size_t i = planar ? 3 : 7; i < robot.qpos.size(); ++i) robot.qpos[i] = -3.5;
    robot.qpos[planar ? 1 : 2] -= 3;  // all of it below the floor
    CHECK_FALSE(robot.rest_from_here().invalid);
  }
}

TEST_CASE("the last step is rewarded like any other", "[locomotion]") {
  Robot hopper("hopper");
  hopper.qpos = {0, 1.25, 0.3, 0, 0, 0};
  const StepOutcome outcome = hopper.rest_from_here();
  REQUIRE(outcome.terminated);
  CHECK(outcome.reward == Approx(1 + hopper.mujoco.qpos()[0] / 0.008));
}

TEST_CASE("hopper and walker2d observe velocities clipped to 10, and unclipped positions",
          "[locomotion]") {
  for (const char* name : {"hopper", "walker2d"}) {
    Robot robot(name);
    robot.qpos.back() = -0.5;
    robot.qvel.back() = -50;
    robot.qpos[1] = 12;
    robot.mujoco.set_state(robot.qpos, robot.qvel, robot.observation);
    CHECK(robot.observation[0] == 12);
    CHECK(robot.observation[robot.qpos.size() - 2] == -0.5);
    CHECK(robot.observation.back() == -10);
  }
}

TEST_CASE("D4RL's ant has the observations of ant, followed by zeros", "[locomotion]") {
  Robot ant("ant"), d4rl("ant_d4rl");
  for (int i = 0; i < 20; ++i) {
    const std::vector<double> action(8, 0.3 - 0.03 * i);
    const StepOutcome a = ant.env->step(action, ant.observation);
    const StepOutcome b = d4rl.env->step(action, d4rl.observation);
    REQUIRE(a.reward == b.reward);
    REQUIRE(std::ranges::equal(ant.observation, std::span(d4rl.observation).first(27)));
    REQUIRE(std::span(d4rl.observation).subspan(27).size() == 84);
    for (const double x : std::span(d4rl.observation).subspan(27)) REQUIRE(x == 0);
  }
}
