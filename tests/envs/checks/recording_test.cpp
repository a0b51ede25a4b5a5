#include "envs/checks/recording.h"

#include <cmath>
#include <fstream>
#include <functional>
#include <limits>

#include "configs/base/error.h"
#include "configs/base/files.h"
#include "envs/assets.h"
#include "envs/mujoco/physics.h"
#include "envs/registry.h"
#include "tests/catch.h"

using namespace seqrl;

namespace {

using Json = nlohmann::json;
namespace fs = std::filesystem;

const char* const kEnvs[] = {"hopper", "walker2d", "halfcheetah", "ant"};
const char* const kGymnasiumEnvs[] = {"hopper",
                                      "walker2d",
                                      "halfcheetah",
                                      "ant",
                                      "hopper_v5",
                                      "walker2d_v5",
                                      "halfcheetah_v5",
                                      "ant_v5",
                                      "humanoid_v5",
                                      "humanoid_standup_v5",
                                      "inverted_pendulum_v5",
                                      "inverted_double_pendulum_v5",
                                      "reacher_v5",
                                      "pusher_v5",
                                      "swimmer_v5"};

fs::path gymnasium_recording(const std::string& env) {
  return fs::path(SEQRL_SOURCE_DIR) / "tests/oracle/envs" / (env + ".json");
}

// Recorded under Gymnasium with MuJoCo 2.2.2; not part of the repository.
fs::path golden_recording(const std::string& env) {
  return fs::path(SEQRL_SOURCE_DIR) / "../shared/golden" / (env + ".json");
}

// Whether the running MuJoCo moves a robot differently from that of the recordings, and says so.
bool moves_otherwise(const char* env) {
  return physics_note(*make_env(env)).has_value();
}

Json load(const fs::path& path) {
  return Json::parse(read_file(path));
}

// A recording changed by `change`, in a temporary file of its own.
class Changed {
 public:
  explicit Changed(const std::function<void(Json&)>& change) {
    Json json = load(gymnasium_recording("hopper"));
    change(json);
    std::ofstream(path_) << json.dump();
  }
  explicit Changed(const std::string& text) { std::ofstream(path_) << text; }
  ~Changed() { fs::remove(path_); }

  const fs::path& path() const { return path_; }

  std::string error() const {
    try {
      check_recording(path_);
    } catch (const Error& error) {
      CHECK(error.kind() == ErrorKind::user);
      return error.what();
    }
    return "";
  }

 private:
  fs::path path_ = fs::temp_directory_path() / "seqrl_recording_test.json";
};

std::string error_of(const std::function<void(Json&)>& change) {
  return Changed(change).error();
}

bool mentions(const std::string& text, const std::string& part) {
  INFO(text);
  CHECK(text.find(part) != std::string::npos);
  return text.find(part) != std::string::npos;
}

// Hopper's model, with an observation or the rewards NaN.
class NanHopper final : public MujocoEnv {
 public:
  explicit NanHopper(bool rewards)
      : MujocoEnv({.name = "nan_hopper",
                   .mjcf = asset_text("hopper.xml"),
                   .frame_skip = 4,
                   .observation_dim = 11}),
        rewards_(rewards) {}

 private:
  static constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

  void draw_start(Random&, std::span<double>, std::span<double>) const override {}
  StepOutcome evaluate_step(std::span<const double>) const override {
    return {.reward = rewards_ ? kNan : 0};
  }
  void observe(std::span<double> observation) const override {
    std::ranges::fill(observation, 0);
    if (!rewards_) observation[3] = kNan;
  }

  bool rewards_;
};

}  // namespace

TEST_CASE("golden recordings are replayed within rounding errors", "[recording]") {
  for (const char* env : kEnvs) {
    INFO(env);
    if (!fs::exists(golden_recording(env))) {
      WARN("skipped, there is no " << golden_recording(env));
      return;
    }
    const CheckResult result = check_recording(golden_recording(env));
    CHECK(result.env == env);
    CHECK(result.episodes == 4);
    if (moves_otherwise(env)) {
      CHECK(result.within(1e-3) ==
            !mujoco_at_least(mujoco_version(), "3.0"));  // the robot does not fall
      continue;
    }
    const double tolerance = mujoco_at_least(mujoco_version(), "3.0") ? 1e-8 : 1e-9;
    CHECK(result.observation_deviation <= tolerance);
    CHECK(result.reward_deviation <= tolerance);
    CHECK(result.termination_mismatches == 0);
    if (mujoco_version() == "2.2.2") CHECK(result.notes.empty());  // same library, same model
  }
}

// envs/README.md lists the measurements under each version of MuJoCo.
// v5's fixtures are from 3.2.3.
TEST_CASE("steps from Gymnasium's states with its actions match the recorded ones", "[recording]") {
  for (const char* env : kGymnasiumEnvs) {
    INFO(env);
    const CheckResult result = check_recording(gymnasium_recording(env));
    const bool v5 = std::string_view(env).ends_with("_v5");
    const double tolerance = v5 ? 1e-10 : 1e-11;  // v5 observes contacts of hundreds of newtons
    CHECK(result.env == env);
    CHECK(result.steps >= (v5 ? 12 : 30));
    if (moves_otherwise(env)) {
      // Differences do not show if pusher's hand touches nothing and spheres touch no floor.
      const bool spheres = !mujoco_at_least(mujoco_version(), "3.0");
      const std::string_view touching = spheres ? "humanoid_standup_v5" : env;
      CHECK(result.within(tolerance) == (env != touching || std::string_view(env) == "pusher_v5"));
      continue;
    }
    CHECK(result.observation_deviation <= tolerance);
    CHECK(result.reward_deviation <= 1e-11);
    CHECK(result.termination_mismatches == 0);
    CHECK(result.within(tolerance));
  }
}

TEST_CASE("seqrl's models compile to the same constants as Gymnasium's", "[recording]") {
  for (const char* env : kGymnasiumEnvs) {
    INFO(env);
    const auto robot = make_env(env);
    const MujocoModel& model = dynamic_cast<MujocoEnv&>(*robot).model();
    CHECK(model_differences(load(gymnasium_recording(env)).at("model"), model).empty());
    if (std::string_view(env).ends_with("_v5")) continue;
    if (fs::exists(golden_recording(env))) {
      const Json golden = load(golden_recording(env)).at("model");
      CHECK(model_differences(golden, model).empty());
      // Every recorded constant is compared.
      const Json ours = model.constants();
      for (const auto& [name, value] : golden.items()) CHECK(ours.contains(name));
    } else {
      WARN("golden constants skipped, there is no " << golden_recording(env));
    }
  }
}

TEST_CASE("a changed model constant is named", "[recording]") {
  const auto robot = make_env("hopper");
  const MujocoModel& model = dynamic_cast<MujocoEnv&>(*robot).model();
  Json constants = model.constants();
  CHECK(model_differences(constants, model).empty());
  constants["geom_friction"][12] = 1.9;
  constants["dof_damping"].push_back(0);
  constants.erase("cone");
  const auto differences = model_differences(constants, model);
  REQUIRE(differences.size() == 3);
  CHECK(differences[0] == "cone: not recorded");
  CHECK(differences[1] == "dof_damping: 6 numbers, recorded 7");
  CHECK(differences[2] == "geom_friction[12]: 2, recorded 1.9");
}

TEST_CASE("deviations are found in every recorded quantity", "[recording]") {
  Changed observation([](Json& json) {
    auto& x = json["episodes"][3]["steps"][1]["obs"][10];
    x = x.get<double>() + 0.5;
  });
  CHECK(check_recording(observation.path()).observation_deviation == Approx(0.5));
  Changed start([](Json& json) {
    auto& x = json["episodes"][0]["obs0"][0];
    x = x.get<double>() - 0.25;
  });
  CHECK(check_recording(start.path()).observation_deviation == Approx(0.25));
  Changed reward([](Json& json) {
    auto& x = json["episodes"][39]["steps"][0]["reward"];
    x = x.get<double>() + 2;
  });
  CHECK(check_recording(reward.path()).reward_deviation == Approx(2));
  Changed termination([](Json& json) { json["episodes"][0]["steps"][1]["terminated"] = true; });
  const CheckResult result = check_recording(termination.path());
  CHECK(result.termination_mismatches == 1);
  CHECK_FALSE(result.within(1));
}

TEST_CASE("NaN counts as an infinite deviation", "[recording]") {
  for (const bool rewards : {false, true}) {
    INFO(rewards);
    const std::string name = rewards ? "nan_rewards" : "nan_observations";
    register_env(name, [rewards] { return std::make_unique<NanHopper>(rewards); });
    Changed other([&](Json& json) { json["env"] = name; });
    const CheckResult result = check_recording(other.path());
    CHECK(std::isinf(result.observation_deviation) == !rewards);
    CHECK(std::isinf(result.reward_deviation) == rewards);
    CHECK_FALSE(result.within(1e300));
  }
}

TEST_CASE("possible causes of a deviation are noted", "[recording]") {
  Changed other([](Json& json) {
    json["mujoco_version"] = 199;
    json["model"]["timestep"] = 0.001;
    json["episodes"][0]["steps"][0]["action"][0] = 1.5;
  });
  const CheckResult result = check_recording(other.path());
  REQUIRE(result.notes.size() == 3);
  mentions(result.notes[0], "MuJoCo 1.9.9");
  mentions(result.notes[1], "timestep: 0.002, recorded 0.001");
  mentions(result.notes[2], "1 actions are outside");
}

TEST_CASE("a version number of seven digits is read", "[recording]") {
  Changed newer([](Json& json) { json["mujoco_version"] = 3005000; });
  CHECK(read_recording(newer.path()).mujoco_version == "3.5.0");
}

TEST_CASE("an invalid recording is an Error with its location", "[recording]") {
  mentions(error_of([](Json& json) { json.erase("env"); }), "lacks the key \"env\"");
  mentions(error_of([](Json& json) { json["env"] = "hoper"; }), "did you mean 'hopper'");
  mentions(error_of([](Json& json) { json["env"] = 3; }), "env must be a string");
  mentions(error_of([](Json& json) { json["env"] = "ant"; }), "not the same environment");
  mentions(error_of([](Json& json) { json["dt"] = 0.01; }), "dt is 0.01");
  mentions(error_of([](Json& json) { json["mujoco_version"] = 2.2; }), "mujoco_version must be");
  mentions(error_of([](Json& json) { json.erase("model"); }), "lacks the key \"model\"");
  mentions(error_of([](Json& json) { json["episodes"] = Json::array(); }), "non-empty");
  mentions(error_of([](Json& json) { json["episodes"][2].erase("qvel"); }),
           "episodes[2] lacks the key \"qvel\"");
  mentions(error_of([](Json& json) { json["episodes"][1]["qpos"].push_back(0); }),
           "episodes[1].qpos must be a list of 6 numbers, it has 7");
  mentions(error_of([](Json& json) { json["episodes"][1]["steps"][1]["obs"][4] = nullptr; }),
           "episodes[1].steps[1].obs[4] must be a finite number");
  mentions(error_of([](Json& json) { json["episodes"][1]["steps"][0]["action"] = 1; }),
           "steps[0].action must be a list of 3 numbers");
  mentions(error_of([](Json& json) { json["episodes"][0]["steps"][0]["terminated"] = 1; }),
           "terminated must be true or false");
  mentions(error_of([](Json& json) { json["episodes"][0]["steps"][0]["terminated"] = true; }),
           "steps[1] comes after the episode terminated");
  mentions(error_of([](Json& json) { json = Json::array({1, 2}); }), "must be an object");
  mentions(Changed("{\"env\": NaN}").error(), "is not valid JSON");
  mentions(Changed("").error(), "is not valid JSON");
  CHECK_THROWS_AS(check_recording("no/such/file.json"), Error);
}

TEST_CASE("the result as JSON has the documented fields in order", "[recording]") {
  CheckResult result;
  result.env = "ant";
  result.episodes = 2;
  result.steps = 3;
  result.observation_deviation = 0.5;
  result.termination_mismatches = 1;
  CHECK(to_json(result).dump() ==
        R"({"env":"ant","episodes":2,"steps":3,"observation_deviation":0.5,)"
        R"("reward_deviation":0.0,"termination_mismatches":1})");
}
