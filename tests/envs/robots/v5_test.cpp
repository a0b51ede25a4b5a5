// The definitions of Gymnasium's v5 robots, item by item. For whole steps see recording_test.cpp.
#include <algorithm>
#include <cmath>

#include "configs/schema/config.h"
#include "envs/mujoco/mujoco_env.h"
#include "envs/registry.h"
#include "tests/catch.h"

using namespace seqrl;

namespace {

struct ConfigV5 {
  EnvSection env;
  void fields(Fields& field) { field("env", env, ""); }
};

EnvSection section(const std::string& yaml) {
  register_builtin_envs();
  return read_config_text<ConfigV5>("env: " + yaml, "test").env;
}

// An environment made from a config section, at the start of an episode.
struct RobotV5 {
  explicit RobotV5(const std::string& yaml)
      : env(make_env(section(yaml))),
        mujoco(dynamic_cast<MujocoEnv&>(*env)),
        observation(static_cast<std::size_t>(env->observation_space().dim())) {
    env->reset(0, observation);
    qpos.assign(mujoco.qpos().begin(), mujoco.qpos().end());
    qvel.assign(mujoco.qvel().begin(), mujoco.qvel().end());
  }

  StepOutcome step(double fraction = 0) {
    std::vector<double> action = env->action_space().high;
    for (double& a : action) a *= fraction;
    return env->step(action, observation);
  }
  StepOutcome rest_from_here() {
    mujoco.set_state(qpos, qvel, observation);
    return step();
  }

  std::unique_ptr<Env> env;
  MujocoEnv& mujoco;
  std::vector<double> qpos, qvel, observation;
};

struct DefinitionV5 {
  const char* name;
  int observation_dim, action_dim;
  double largest_action;
  int frame_skip;
  double step_seconds;
  int steps;
};

const DefinitionV5 kDefinitionsV5[] = {{"hopper_v5", 11, 3, 1, 4, 0.008, 1000},
                                       {"walker2d_v5", 17, 6, 1, 4, 0.008, 1000},
                                       {"halfcheetah_v5", 17, 6, 1, 5, 0.05, 1000},
                                       {"ant_v5", 105, 8, 1, 5, 0.05, 1000},
                                       {"humanoid_v5", 348, 17, 0.4, 5, 0.015, 1000},
                                       {"humanoid_standup_v5", 348, 17, 0.4, 5, 0.015, 1000},
                                       {"inverted_pendulum_v5", 4, 1, 3, 2, 0.04, 1000},
                                       {"inverted_double_pendulum_v5", 9, 1, 1, 5, 0.05, 1000},
                                       {"reacher_v5", 10, 2, 1, 2, 0.02, 50},
                                       {"pusher_v5", 23, 7, 2, 5, 0.05, 100},
                                       {"swimmer_v5", 8, 2, 1, 4, 0.04, 1000}};

}  // namespace

TEST_CASE("v5: sizes, time steps and limits are the published ones", "[v5]") {
  for (const DefinitionV5& d : kDefinitionsV5) {
    INFO(d.name);
    const RobotV5 robot(d.name);
    CHECK(robot.env->name() == d.name);
    CHECK(robot.env->observation_space().dim() == d.observation_dim);
    CHECK(robot.env->action_space().high == std::vector<double>(d.action_dim, d.largest_action));
    CHECK(robot.env->action_space().low == std::vector<double>(d.action_dim, -d.largest_action));
    CHECK(robot.env->max_episode_steps() == d.steps);
    CHECK(robot.mujoco.frame_skip() == d.frame_skip);
    CHECK(robot.mujoco.step_seconds() == Approx(d.step_seconds));
  }
}

TEST_CASE("v5: the healthy reward is paid only while healthy, in v4 also for the fall", "[v5]") {
  for (const auto& [v4, v5] : {std::pair("hopper", "hopper_v5"), {"walker2d", "walker2d_v5"}}) {
    INFO(v5);
    RobotV5 before(v4), now(v5);
    for (const double angle : {0.0, 1.2}) {
      now.qpos = before.qpos;
      now.qpos[1] = before.qpos[1] = 1.9;  // in the air: the feet's friction has no effect
      now.qpos[2] = before.qpos[2] = angle;
      now.qvel = before.qvel;
      const StepOutcome old = before.rest_from_here(), outcome = now.rest_from_here();
      CHECK(outcome.terminated == (angle > 1));
      CHECK(old.terminated == (angle > 1));
      CHECK(old.reward - outcome.reward == Approx(angle > 1 ? 1 : 0).margin(1e-12));
    }
  }
}

TEST_CASE("v5: walker2d's feet have equal friction, unlike v4's", "[v5]") {
  const auto friction = [](const char* name) {
    const RobotV5 walker(name);
    const auto constants = walker.mujoco.model().constants();
    return std::pair(constants.at("geom_friction")[3 * 4].get<double>(),
                     constants.at("geom_friction")[3 * 7].get<double>());
  };
  CHECK(friction("walker2d") == std::pair(0.9, 1.9));
  CHECK(friction("walker2d_v5") == std::pair(1.9, 1.9));
}

TEST_CASE("v5: the config sets the weights of the reward", "[v5]") {
  RobotV5 plain("halfcheetah_v5"),
      weighted("{kind: halfcheetah_v5, forward_reward_weight: 3, ctrl_cost_weight: 0}");
  const double reward = plain.step(0.5).reward, other = weighted.step(0.5).reward;
  CHECK(other == Approx(3 * (reward + 0.1 * 6 * 0.25)));
  RobotV5 hopper("{kind: hopper_v5, healthy_reward: 7}");
  CHECK(hopper.step().reward - RobotV5("hopper_v5").step().reward == Approx(6));
}

TEST_CASE("v5: the config can let an unhealthy robot continue", "[v5]") {
  RobotV5 hopper("{kind: hopper_v5, terminate_when_unhealthy: false}");
  hopper.qpos[2] = 0.3;
  const StepOutcome outcome = hopper.rest_from_here();
  CHECK_FALSE(outcome.done());
  CHECK(outcome.reward < 0.9);  // without the healthy reward
  RobotV5 leaning("{kind: hopper_v5, healthy_angle_range: [-0.2, null]}");
  leaning.qpos[2] = 0.3;
  CHECK_FALSE(leaning.rest_from_here().terminated);
}

TEST_CASE("v5: positions can be added to observations, and contact forces removed", "[v5]") {
  const auto dim = [](const std::string& yaml) { return RobotV5(yaml).observation.size(); };
  for (const char* robot : {"hopper_v5", "walker2d_v5", "halfcheetah_v5"}) {
    INFO(robot);
    const std::string shown = "exclude_current_positions_from_observation: false";
    CHECK(dim(std::string("{kind: ") + robot + ", " + shown + "}") == dim(robot) + 1);
  }
  RobotV5 swimmer("{kind: swimmer_v5, exclude_current_positions_from_observation: false}");
  CHECK(swimmer.observation.size() == 10);
  CHECK(swimmer.observation[0] == swimmer.qpos[0]);
  CHECK(dim("{kind: ant_v5, include_cfrc_ext_in_observation: false}") == 27);
  const std::pair<const char*, std::size_t> parts[] = {
      {"cinert", 130}, {"cvel", 78}, {"qfrc_actuator", 17}, {"cfrc_ext", 78}};
  for (const char* robot : {"humanoid_v5", "humanoid_standup_v5"}) {
    for (const auto& [part, numbers] : parts) {
      INFO(robot << ' ' << part);
      CHECK(dim(fmt::format("{{kind: {}, include_{}_in_observation: false}}", robot, part)) ==
            348 - numbers);
    }
  }
}

TEST_CASE("v5: contacts of ant and the humanoids reduce the reward, within a range", "[v5]") {
  for (const char* robot : {"ant_v5", "humanoid_v5", "humanoid_standup_v5"}) {
    INFO(robot);
    const bool standing = std::string(robot) == "humanoid_standup_v5";
    const std::string cost = standing ? "impact_cost_weight" : "contact_cost_weight";
    RobotV5 plain(robot), free(fmt::format("{{kind: {}, {}: 0}}", robot, cost));
    double squares = 0, difference = 0;
    for (int i = 0; i < 40 && difference == 0; ++i) {
      const StepOutcome outcome = plain.step();
      difference = free.step().reward - outcome.reward;
      if (outcome.done()) break;
    }
    const auto forces = std::span(plain.observation).last(78);
    for (const double f : forces) squares += f * f;
    REQUIRE(squares > 0);
    const double weight = std::string(robot) == "ant_v5" ? 5e-4 : 5e-7;
    CHECK(difference == Approx(std::min(weight * squares, 10.0)));
    if (std::string(robot) == "ant_v5") {
      for (const double f : forces) CHECK(std::abs(f) <= 1);
    }
  }
  RobotV5 dear("{kind: humanoid_standup_v5, impact_cost_weight: 1e9}");
  RobotV5 free("{kind: humanoid_standup_v5, impact_cost_weight: 0}");
  double largest = 0;
  for (int i = 0; i < 40; ++i) largest = std::max(largest, free.step().reward - dear.step().reward);
  CHECK(largest == Approx(10));
}

TEST_CASE("v5: pendulums give no healthy reward for the step that ends the episode", "[v5]") {
  RobotV5 pendulum("inverted_pendulum_v5");
  CHECK(pendulum.step().reward == 1);
  pendulum.qpos[1] = 0.25;
  const StepOutcome fallen = pendulum.rest_from_here();
  CHECK(fallen.terminated);
  CHECK(fallen.reward == 0);
  RobotV5 poles("inverted_double_pendulum_v5"), paid(
                                                    "{kind: inverted_double_pendulum_v5, "
                                                    "healthy_reward: 11}");
  CHECK(paid.step().reward - poles.step().reward == Approx(1));
  poles.qpos = paid.qpos = {0, 1.5, 0};
  const StepOutcome down = poles.rest_from_here();
  CHECK(down.terminated);
  CHECK(down.reward == paid.rest_from_here().reward);
}

TEST_CASE("v5: start states are sampled with the published noise", "[v5]") {
  const auto each = [](const char* name, auto look) {
    RobotV5 robot(name);
    for (std::uint64_t seed = 0; seed < 400; ++seed) {
      robot.env->reset(seed, robot.observation);
      look(robot.mujoco.qpos(), robot.mujoco.qvel());
    }
  };
  double farthest = 0, nearest = 1, angle = 0;
  each("reacher_v5", [&](auto q, auto v) {
    const double away = std::hypot(q[2], q[3]);
    farthest = std::max(farthest, away);
    nearest = std::min(nearest, away);
    angle = std::max(angle, std::abs(q[1]));
    CHECK(std::abs(v[0]) <= 0.005);
    CHECK(v[2] == 0);
  });
  CHECK(farthest < 0.2);
  CHECK(farthest > 0.195);
  CHECK(nearest < 0.03);
  CHECK(angle <= 0.1);
  CHECK(angle > 0.095);
  double least_y = 0, most_y = -1, widest = 0;
  nearest = 1;
  each("pusher_v5", [&](auto q, auto v) {
    for (int i = 0; i < 7; ++i) CHECK(q[i] == 0);
    least_y = std::min(least_y, q[7]);
    most_y = std::max(most_y, q[7]);
    widest = std::max(widest, std::abs(q[8]));
    nearest = std::min(nearest, std::hypot(q[7], q[8]));
    CHECK((q[9] == 0 && q[10] == 0));
    CHECK(std::abs(v[6]) <= 0.005);
    CHECK((v[7] == 0 && v[10] == 0));
  });
  CHECK(least_y >= -0.3);
  CHECK(least_y < -0.295);
  CHECK(most_y <= 0);
  CHECK(widest <= 0.2);
  CHECK(nearest > 0.17);
  CHECK(nearest < 0.18);
  double squares = 0, largest = 0;
  each("inverted_double_pendulum_v5", [&](auto q, auto v) {
    largest = std::max(largest, std::abs(q[2]));
    squares += v[2] * v[2] / 400;
  });
  CHECK(largest <= 0.1);
  CHECK(largest > 0.098);
  CHECK(squares == Approx(0.01).epsilon(0.2));  // normal
  squares = 0;
  each("{kind: swimmer_v5, reset_noise_scale: 0.3}",
       [&](auto, auto v) { squares += v[4] * v[4] / 400; });
  CHECK(squares == Approx(0.03).epsilon(0.15));  // uniform
}

TEST_CASE("v5: a model has enough memory for all contacts and joint limits at once", "[v5]") {
  for (const DefinitionV5& d : kDefinitionsV5) {
    INFO(d.name);
    RobotV5 robot(d.name);
    Random random(1, Purpose::test);
    const std::string name = d.name;
    const bool upright = name.find("humanoid") == 0 || name == "ant_v5";
    const std::vector<double> start = robot.qpos;
    for (int i = 0; i < 200; ++i) {
      robot.qpos = start;
      for (std::size_t k = upright ? 7 : 0; k < start.size(); ++k) {
        robot.qpos[k] += random.uniform(-3.5, 3.5);
      }
      if (upright) robot.qpos[2] = random.uniform(-3, 1);
      CHECK_FALSE(robot.rest_from_here().invalid);
    }
  }
}

TEST_CASE("v5: invalid options are rejected", "[v5]") {
  const auto rejected = [](const std::string& yaml, const char* why) {
    INFO(yaml);
    CHECK_THROWS_WITH(section(yaml), Catch::Contains(why));
  };
  rejected("{kind: hopper_v5, healthy_rewrd: 2}", "did you mean 'env.healthy_reward'");
  rejected("{kind: hopper_v5, frame_skip: 0}", "frame_skip");
  rejected("{kind: hopper_v5, reset_noise_scale: -1}", "reset_noise_scale");
  rejected("{kind: hopper_v5, healthy_z_range: 0.7}", "two numbers [low, high]");
  rejected("{kind: reacher_v5, reset_noise_scale: 0.1}", "reset_noise_scale");
  rejected("{kind: pusher_v5, max_episode_steps: 0}", "max_episode_steps");
  rejected("{kind: ant_v5, main_body: 2}", "main_body");
}
