// Environments described in a config.
#include "envs/mjcf/mjcf_env.h"

#include <algorithm>
#include <filesystem>

#include "configs/base/error.h"
#include "configs/base/files.h"
#include "configs/schema/config.h"
#include "envs/checks/checker.h"
#include "envs/checks/recording.h"
#include "envs/mujoco/physics.h"
#include "envs/registry.h"
#include "tests/catch.h"
#include "tests/temporary_folder.h"

using namespace seqrl;

namespace {

// The other sections of the examples' configs, which these tests ignore.
struct Ignored final : CustomValue {
  void read(const Tree&, const std::string&) override {}
  std::string yaml() const override { return "{}"; }
  nlohmann::ordered_json json() const override { return nullptr; }
  std::string type() const override { return "anything"; }
};

struct WithEnv {
  WithEnv() { register_builtin_envs(); }
  EnvSection env;
  void fields(Fields& field) {
    field("env", env, "");
    field("agent", agent, "");  // of the examples' configs
    field("training", training, "");
    field("evaluation", evaluation, "");
  }
  std::string agent;
  Ignored training, evaluation;
};

EnvSection described_hopper() {
  const std::filesystem::path folder = SEQRL_SOURCE_DIR;
  return read_config<WithEnv>(folder / "tools/examples/environment_yaml/hopper.yaml",
                              {"env.model=" + (folder / "envs/assets/hopper.xml").string()})
      .env;
}

// Whether a user's model, such as the described hopper, moves differently from a built-in one; if
// so, a note says it.
bool own_moves_otherwise() {
  const bool otherwise = physics_note(*make_env(described_hopper())).has_value();
  CHECK(otherwise == mujoco_at_least(mujoco_version(), "3.5"));
  return otherwise;
}

// A cart on a rail with a freely rolling ball, two sensors and a keyframe.
constexpr const char* kCartFile = R"(<mujoco>
  <option timestep="0.01"/>
  <worldbody>
    <body name="cart"><joint name="rail" type="slide" axis="1 0 0"/><geom size="0.1" mass="1"/>
      <site name="top"/></body>
    <body name="ball" pos="0 0 5"><freejoint name="free"/><geom size="0.1" mass="1"/></body>
  </worldbody>
  <actuator><motor name="push" joint="rail" ctrllimited="true" ctrlrange="-1 1"/></actuator>
  <sensor><jointpos name="place" joint="rail"/><velocimeter name="speed" site="top"/></sensor>
  <keyframe><key name="left" qpos="-2 0 0 5 1 0 0 0"/></keyframe>
</mujoco>)";

struct CartFile {
  CartFile() { write_file_atomically(folder / "cart.xml", kCartFile); }

  EnvSection read(const std::string& keys) const {
    const std::string text = "env: {kind: mjcf, model: " + (folder / "cart.xml").string() +
                             (keys.empty() ? "" : ", ") + keys + "}";
    return read_config_text<WithEnv>(text, "x.yaml").env;
  }
  std::string rejection(const std::string& keys) const {
    try {
      read(keys);
    } catch (const Error& error) {
      CHECK(error.kind() == ErrorKind::user);
      return error.what();
    }
    return "";
  }

  TemporaryFolder folder;
};

}  // namespace

TEST_CASE("hopper described in YAML matches the built-in one bit for bit", "[mjcf]") {
  if (own_moves_otherwise()) return;
  const auto described = make_env(described_hopper()), builtin = make_env("hopper");
  CHECK(described->max_episode_steps() == builtin->max_episode_steps());
  std::vector<double> ours(11), theirs(11), action(3);
  Random random(1, Purpose::test);
  int terminated = 0;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    described->reset(seed, ours);
    builtin->reset(seed, theirs);
    REQUIRE(ours == theirs);
    for (StepOutcome outcome; !outcome.done();) {
      for (double& a : action) a = random.uniform(-1.2, 1.2);
      outcome = described->step(action, ours);
      const StepOutcome expected = builtin->step(action, theirs);
      REQUIRE(ours == theirs);
      REQUIRE(outcome.reward == expected.reward);
      REQUIRE(outcome.terminated == expected.terminated);
      terminated += outcome.terminated ? 1 : 0;
    }
  }
  CHECK(terminated > 10);
}

TEST_CASE("with alive_while_healthy, the described hopper matches hopper_v5", "[mjcf]") {
  if (own_moves_otherwise()) return;
  const std::filesystem::path folder = SEQRL_SOURCE_DIR;
  const EnvSection section =
      read_config<WithEnv>(folder / "tools/examples/environment_yaml/hopper.yaml",
                           {"env.model=" + (folder / "envs/assets/hopper.xml").string(),
                            "env.reward.alive_while_healthy=true"})
          .env;
  const auto described = make_env(section), builtin = make_env("hopper_v5");
  std::vector<double> ours(11), theirs(11), action(3);
  Random random(1, Purpose::test);
  int terminated = 0;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    described->reset(seed, ours);
    builtin->reset(seed, theirs);
    for (StepOutcome outcome; !outcome.done();) {
      for (double& a : action) a = random.uniform(-1.2, 1.2);
      outcome = described->step(action, ours);
      const StepOutcome expected = builtin->step(action, theirs);
      REQUIRE(ours == theirs);
      REQUIRE(outcome.reward == Approx(expected.reward).margin(1e-13));
      REQUIRE(outcome.terminated == expected.terminated);
      terminated += outcome.terminated ? 1 : 0;
    }
  }
  CHECK(terminated > 10);
}

TEST_CASE("hopper described in YAML replays Gymnasium's recording", "[mjcf]") {
  const std::filesystem::path golden = SEQRL_SOURCE_DIR "/../shared/golden/hopper.json";
  if (!std::filesystem::exists(golden)) {
    WARN("no ../shared/golden here: nothing to replay");
    return;
  }
  CHECK(check_recording(golden, described_hopper()).within(1e-12) == !own_moves_otherwise());
}

TEST_CASE("an environment described in YAML passes the interface checks", "[mjcf]") {
  const EnvSection hopper = described_hopper();
  CHECK(check_env([&] { return make_env(hopper); }) == std::vector<std::string>{});
  const CartFile cart;
  const EnvSection other = cart.read(
      "max_episode_steps: 30, reset: {keyframe: left, velocity_noise: 1, velocity_distribution: "
      "normal}, observation: {sensors: [speed]}, reward: {body_velocities: {ball.z: 1}}");
  CHECK(check_env([&] { return make_env(other); }) == std::vector<std::string>{});
}

TEST_CASE("rewards, bounds and observations use the state after the step", "[mjcf]") {
  const CartFile cart;
  const EnvSection section = cart.read(
      "frame_skip: 3, reset: {keyframe: left}, observation: {positions: false, velocities: false, "
      "sensors: [place, speed]}, reward: {body_velocities: {cart.x: 2}, alive: 5, control_cost: "
      "0.5, sensors: {place: 1}, squared_sensors: {speed.0: 3}}, termination: {sensors: {place: "
      "[null, -1.99]}, body_heights: {ball: [4.9, null]}}");
  const auto env = make_env(section);
  auto& simulated = dynamic_cast<MujocoEnv&>(*env);
  std::vector<double> seen(4);
  env->reset(0, seen);
  CHECK(seen == std::vector<double>{-2, 0, 0, 0});
  int steps = 0;
  for (StepOutcome outcome; !outcome.done(); ++steps) {
    const double before = simulated.qpos()[0];
    outcome = env->step(std::vector<double>{0.8}, seen);
    CHECK(seen[0] == simulated.qpos()[0]);
    CHECK(seen[1] == Approx(simulated.qvel()[0]));
    const double expected = 2 * (simulated.qpos()[0] - before) / 0.03 + 5 - 0.5 * 0.64 + seen[0] +
                            3 * seen[1] * seen[1];
    CHECK(outcome.reward == Approx(expected));
    CHECK(outcome.terminated == (seen[0] >= -1.99 || simulated.qpos()[3] <= 4.9));
  }
  CHECK(steps > 1);
}

TEST_CASE("an unknown name in the model is reported while the config is read", "[mjcf]") {
  const CartFile cart;
  CHECK(cart.rejection("").empty());
  CHECK(cart.rejection("reward: {joint_velocities: {rial: 1}}") ==
        "x.yaml:1: env.reward.joint_velocities.rial: the model has no joint named 'rial'; did you "
        "mean 'rail'?");
  CHECK_THAT(cart.rejection("reward: {joint_velocities: {free: 1}}"), Catch::Contains("its body"));
  CHECK_THAT(cart.rejection("reward: {body_velocities: {cart: 1}}"), Catch::Contains("cart.x"));
  CHECK_THAT(cart.rejection("reward: {body_velocities: {carts.x: 1}}"), Catch::Contains("'cart'"));
  CHECK_THAT(cart.rejection("reward: {sensors: {speed: 1}}"), Catch::Contains("speed.0"));
  CHECK_THAT(cart.rejection("reward: {sensors: {speed.3: 1}}"), Catch::Contains("speed.2"));
  CHECK_THAT(cart.rejection("termination: {sensors: {plce: [0, 1]}}"), Catch::Contains("'place'"));
  CHECK_THAT(cart.rejection("observation: {sensors: [sped]}"), Catch::Contains("'speed'"));
  CHECK_THAT(cart.rejection("reset: {keyframe: lft}"), Catch::Contains("'left'"));
  CHECK_THAT(cart.rejection("observation: {hidden_positions: 9}"), Catch::Contains("8 positions"));
  CHECK_THAT(cart.rejection("observation: {positions: false, velocities: false}"),
             Catch::Contains("is empty"));
}

TEST_CASE("reset and set_state start an episode with everything that its keyframe sets", "[mjcf]") {
  const CartFile cart;
  write_file_atomically(cart.folder / "cart.xml", R"(<mujoco>
    <option timestep="0.01"/>
    <worldbody>
      <body name="hand" mocap="true" pos="0 1 0"/>
      <body><joint name="rail" type="slide" axis="1 0 0"/><geom size="0.1" mass="1"/></body>
    </worldbody>
    <actuator>
      <motor name="push" joint="rail" gear="10"/>
      <general name="spring" joint="rail" dyntype="filter" dynprm="1"/>
    </actuator>
    <sensor>
      <actuatorfrc name="pushes" actuator="push"/><actuatorfrc name="springs" actuator="spring"/>
      <framepos name="hand" objtype="xbody" objname="hand"/><clock name="time"/>
    </sensor>
    <keyframe>
      <key name="tense" time="3" qpos="1" qvel="2" ctrl="0.5 0" act="0.25" mpos="7 8 9"/>
    </keyframe>
  </mujoco>)");
  using Numbers = std::vector<double>;
  const std::string seen = "observation: {sensors: [pushes, springs, hand, time]}";
  const auto env = make_env(cart.read("reset: {keyframe: tense}, " + seen));
  auto& simulated = dynamic_cast<MujocoEnv&>(*env);
  // Position, velocity, the forces of the motor (its gear is 10, but sensors report the force
  // before it) and of the activated actuator, the hand, the time.
  const Numbers tense = {1, 2, 0.5, 0.25, 7, 8, 9, 3};
  Numbers observation(8), after(8), again(8);
  env->reset(0, observation);
  CHECK(observation == tense);
  const Numbers nothing = {0, 0};
  env->step(nothing, after);
  CHECK(after[2] == 0);                                      // the action replaces the controls,
  CHECK(after[3] == Approx(0.25).margin(0.01));              // activations fade,
  CHECK(after[1] == Approx(2 + 0.01 * 0.25));                // and push
  simulated.set_state(Numbers{1}, Numbers{2}, observation);  // as a recording begins
  CHECK(observation == tense);
  env->step(nothing, again);
  CHECK(again == after);

  const auto plain = make_env(cart.read(seen));
  plain->reset(0, observation);
  CHECK(observation == Numbers{0, 0, 0, 0, 0, 1, 0, 0});
}

TEST_CASE("a model that does not compile is rejected with a one-line error", "[mjcf]") {
  const CartFile cart;
  write_file_atomically(cart.folder / "cart.xml", "<mujoco><wordbody/></mujoco>");
  const std::string line = cart.rejection("");
  CHECK_THAT(line, Catch::Contains("does not compile") && !Catch::Contains("x0A") &&
                       !Catch::Contains("\n"));
}

TEST_CASE("a changed model is rejected, a moved one is not", "[mjcf]") {
  const CartFile cart;
  EnvSection section = cart.read("");
  auto& config = section.as<MjcfOptions>();
  CHECK(config.title("mjcf") == "cart");
  config.resolve();
  REQUIRE(config.fingerprint);
  const std::string model = config.model;

  std::filesystem::copy(model, cart.folder / "moved.xml");
  config.model = (cart.folder / "moved.xml").string();
  CHECK(make_env(section) != nullptr);

  std::string changed = kCartFile;
  changed.replace(changed.find("mass=\"1\""), 8, "mass=\"2\"");
  write_file_atomically(model, changed);
  config.model = model;
  CHECK_THROWS_WITH(make_env(section), Catch::Contains("has changed"));
  config.fingerprint.reset();
  CHECK(make_env(section) != nullptr);

  // Included files count also.
  write_file_atomically(cart.folder / "part.xml",
                        "<mujocoinclude><size nconmax='6'/></mujocoinclude>");
  write_file_atomically(
      model, changed.replace(changed.find("<worldbody>"), 0, "<include file='part.xml'/>"));
  config.resolve();
  write_file_atomically(cart.folder / "part.xml",
                        "<mujocoinclude><size nconmax='7'/></mujocoinclude>");
  CHECK_THROWS_WITH(make_env(section), Catch::Contains("has changed"));

  // A run's config can be read without the model; making the environment reports the missing model.
  std::filesystem::remove(model);
  WithEnv run;
  run.env = section;
  const auto again = read_config_text<WithEnv>(print_config(run), "y.yaml");
  CHECK_THROWS_WITH(make_env(again.env), Catch::Contains("no such file"));
}
