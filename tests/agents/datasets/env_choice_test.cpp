// The environment that follows from a dataset's metadata: ids, options, names, and conflicts.
#include "agents/datasets/env_choice.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <vector>

#include "agents/datasets/data_env.h"
#include "agents/datasets/minari_header.h"
#include "configs/schema/config.h"
#include "envs/env_config.h"
#include "envs/gymnasium/gymnasium_options.h"
#include "envs/registry.h"
#include "envs/robots/halfcheetah.h"
#include "tests/agents/datasets/small_d4rl.h"
#include "tests/catch.h"

using namespace seqrl;
using Catch::Matchers::Contains;
using Json = nlohmann::json;

namespace {

struct ToyOptions : EnvOptions {
  double healthy_reward = 1, reset_noise_scale = 0.1;
  bool terminate_when_unhealthy = true;
  std::vector<double> range = {0, 1};
  void fields(Fields& field) {
    field("healthy_reward", healthy_reward, "");
    field("reset_noise_scale", reset_noise_scale, "");
    field("terminate_when_unhealthy", terminate_when_unhealthy, "");
    field("range", range, "");
  }
};

// A robot in two versions, the newer with Gymnasium's options, and one that seqrl has only in the
// older version.
void register_toys() {
  static const bool once = [] {
    register_env("toy", make_halfcheetah,
                 {.gymnasium_id = "Toy-v4", .same_ids = {"Toy-v2"}, .next_version = "it squeaks"});
    register_env<ToyOptions>("toy_v5", "", [](const ToyOptions&) { return make_halfcheetah(); },
                             {.gymnasium_id = "Toy-v5"});
    register_env("toy_111", make_halfcheetah, {.variant_of = "Toy-v9"});
    register_env("oldtoy", make_halfcheetah,
                 {.gymnasium_id = "OldToy-v4", .next_version = "it is blue"});
    return true;
  }();
  static_cast<void>(once);
}

std::string spec(const std::string& id, const std::string& kwargs = "{}") {
  return fmt::format(R"({{"id": "{}", "kwargs": {}, "additional_wrappers": []}})", id, kwargs);
}

DatasetSource minari(const std::string& env_spec, const std::string& eval_env_spec = "",
                     const std::string& id = "a/b/c-v0") {
  register_toys();
  Json metadata = {{"dataset_id", id}};
  if (!env_spec.empty()) metadata["env_spec"] = env_spec;
  if (!eval_env_spec.empty()) metadata["eval_env_spec"] = eval_env_spec;
  return minari_source("data", metadata);
}

DatasetSource d4rl(const std::string& stated, const std::string& name) {
  register_toys();
  DatasetSource source{.path = name + ".hdf5", .layout = "D4RL v2"};
  identify_env(source, {.name = stated}, name);
  return source;
}

EnvSection section(const std::string& yaml) {
  register_toys();
  return read_config_text<EnvConfig>("env: " + yaml + "\n", "test").env;
}

}  // namespace

TEST_CASE("the environment is chosen by the data's metadata, or else by its name") {
  struct Row {
    DatasetSource source;
    std::int64_t observed;
    const char* kind;  // "" if there is none
  };
  const std::vector<Row> rows = {
      {minari(spec("Hopper-v4")), 11, "hopper"},
      {minari(spec("Hopper-v3")), 11, "hopper"},
      {minari(spec("Hopper-v2")), 0, "hopper"},
      {minari(spec("Toy-v4")), 17, "toy"},
      {minari(spec("Toy-v5")), 17, "toy_v5"},
      {minari(spec("HalfCheetah-v4")), 17, "halfcheetah"},
      {minari(spec("HalfCheetah-v5")), 17, "halfcheetah_v5"},
      {minari(spec("Hopper-v5")), 11, "hopper_v5"},
      {minari(spec("Ant-v4")), 27, "ant"},
      {minari(spec("Ant-v4")), 111, "ant_d4rl"},  // the variant with as many observations
      // The metadata counts, not the dataset's name.
      {minari(spec("Walker2d-v4"), "", "mujoco/hopper/medium-v0"), 17, "walker2d"},
      // An environment for evaluation takes precedence.
      {minari(spec("Toy-v4"), spec("Toy-v5")), 17, "toy_v5"},
      {minari(spec("NoisyToy-v0"), spec("Toy-v5")), 17, "toy_v5"},
      // Rendering options change nothing.
      {minari(spec("Hopper-v4", R"({"render_mode": "rgb_array", "width": 64})")), 11, "hopper"},
      {minari("", "", "mujoco/hopper/medium-v0"), 11, "hopper"},
      {minari("", "", "D4RL/door/human-v2"), 39, ""},
      {minari("", "", "mine/data-v0"), 3, ""},
      {minari("not JSON", "", "mine/data-v0"), 3, ""},
      {d4rl("walker2d", "hopper-medium-v2"), 17, "walker2d"},
      {d4rl("", "hopper_medium-v2"), 11, "hopper"},
      {d4rl("", "ant-medium-v2"), 111, "ant_d4rl"},
      {d4rl("", "antmaze-umaze-v2"), 29, ""},
      {d4rl("", "my-data"), 11, ""},
      {d4rl("hopper-medium-v2", "x"), 11, "hopper"},  // the version is the data's
      {d4rl("toy_v5", "x"), 17, "toy_v5"},
  };
  for (const Row& row : rows) {
    INFO(row.source.stated_env << ", " << row.source.env << ", " << row.source.path);
    const EnvChoice choice = env_of_data(row.source, row.observed, "");
    CHECK((choice.env ? choice.env->kind() : "") == row.kind);
    CHECK(!choice.reason.empty());
  }
}

TEST_CASE("the options stated in the data are applied to the environment, key by key") {
  const DatasetSource source = minari(
      spec("Toy-v5",
           R"({"healthy_reward": 2.5, "terminate_when_unhealthy": false, "range": [0.5, 2]})"));
  const EnvChoice choice = env_of_data(source, 17, "");
  REQUIRE(choice.env);
  const auto& options = choice.env->as<ToyOptions>();
  CHECK(options.healthy_reward == 2.5);
  CHECK(options.terminate_when_unhealthy == false);
  CHECK(options.range == std::vector<double>{0.5, 2});
  CHECK(options.reset_noise_scale == 0.1);
  CHECK_THAT(rejection([] {
               env_of_data(minari(spec("Toy-v5", R"({"healthy_reward": "high"})")), 17, "");
             }),
             Contains("the options of Toy-v5") && Contains("env.healthy_reward"));
}

TEST_CASE("the time limit stated in the data is applied to the environment") {
  const auto limited = [](const std::string& id, const std::string& limit) {
    return fmt::format(R"({{"id": "{}", "kwargs": {{}}, "max_episode_steps": {}}})", id, limit);
  };
  const auto limit_of = [](const DatasetSource& source) {
    const EnvChoice choice = env_of_data(source, 11, "my/python");
    return env_keys(*choice.env).at("max_episode_steps");
  };
  CHECK(limit_of(minari(limited("Hopper-v5", "300"))) == 300);
  CHECK(limit_of(minari(limited("Maze-v3", "300"))) == 300);
  CHECK(limit_of(minari(limited("Maze-v3", "1000000"), limited("Maze-v3", "300"))) == 300);
  for (const char* none : {"null", "0", "-3", "1e3", "\"300\"", "99999999999999999999", "[]"}) {
    INFO(none);
    CHECK(limit_of(minari(limited("Hopper-v5", none))) == 1000);
    CHECK(limit_of(minari(limited("Maze-v3", none))).is_null());
  }
  // A robot without this option keeps its own value.
  CHECK(env_of_data(minari(limited("Hopper-v4", "300")), 11, "").env->kind() == "hopper");
  const DatasetSource short_episodes = minari(limited("Hopper-v5", "300"));
  CHECK(env_mismatch(short_episodes, section("{kind: hopper_v5, max_episode_steps: 300}")) == "");
  CHECK_THAT(env_mismatch(short_episodes, section("hopper_v5")),
             Contains("env.max_episode_steps is 300 in the data, but 1000 here"));
}

TEST_CASE("an unsupported environment is rejected with the alternatives") {
  const auto why = [](const DatasetSource& source) {
    const std::string text = rejection([&] { env_of_data(source, 3, ""); });
    CHECK_THAT(text, Contains("env=none"));
    return text;
  };
  CHECK_THAT(why(minari(spec("AdroitHandDoor-v1"))), Contains("data of 'AdroitHandDoor-v1'"));
  CHECK_THAT(why(minari(spec("minigrid/DoorKey-v0"))), Contains("data of 'minigrid/DoorKey-v0'"));
  CHECK_THAT(why(minari(spec("mine/Hopper-v4"))), Contains("data of 'mine/Hopper-v4'"));
  CHECK_THAT(why(minari(spec("OldToy-v5"))),
             Contains("oldtoy is Gymnasium's v4, and in v5 it is blue"));
  CHECK_THAT(why(minari(spec("Toy-v5", R"({"gravity": 3})"))),
             Contains("the option 'gravity', which toy_v5 does not have"));
  CHECK_THAT(why(minari(spec("Hopper-v4", R"({"healthy_reward": 2})"))),
             Contains("which hopper does not have"));
  CHECK_THAT(why(d4rl("my_robot", "hopper-medium")),
             Contains("data of 'my_robot'") && Contains("plugins"));
  CHECK_THAT(why(minari(spec("none"))), Contains("data of 'none'"));
}

TEST_CASE("a given environment is compared with the data's metadata") {
  struct Row {
    DatasetSource source;
    const char* env;
    const char* why;  // "" if they agree
  };
  const std::vector<Row> rows = {
      {minari(spec("Toy-v4")), "toy", ""},
      {minari(spec("Toy-v2")), "toy", ""},
      {minari(spec("Toy-v5")), "toy", "toy is Gymnasium's v4, and in v5 it squeaks"},
      {minari(spec("Toy-v4")), "toy_v5", "toy_v5 is Gymnasium's v5, in which, unlike in v4"},
      {minari(spec("Toy-v5")), "toy_v5", ""},
      {minari(spec("HalfCheetah-v5")), "halfcheetah", ""},  // whose versions do not differ
      {minari(spec("Toy-v5")), "hopper", "that is another environment"},
      {minari(spec("Toy-v5", R"({"healthy_reward": 2})")), "toy_v5",
       "env.healthy_reward is 2.0 in the data, but 1.0 here"},
      {minari(spec("Toy-v5", R"({"healthy_reward": 2})")), "{kind: toy_v5, healthy_reward: 2}", ""},
      {minari(spec("Toy-v5")), "{kind: toy_v5, healthy_reward: 2}",
       "env.healthy_reward is 1.0 in the data, but 2.0 here"},
      // Start positions do not count.
      {minari(spec("Toy-v5")), "{kind: toy_v5, reset_noise_scale: 0.5}", ""},
      {minari(spec("Hopper-v4", R"({"healthy_reward": 2})")), "hopper",
       "it was made with the options"},
      {minari(spec("NoisyToy-v0"), spec("Toy-v5")), "toy_v5", ""},  // the evaluation environment
      {minari(spec("NoisyToy-v0")), "toy_v5", "that is another environment"},
      {minari(spec("Ant-v4")), "ant_d4rl", ""},
      {minari(""), "hopper", ""},
  };
  for (const Row& row : rows) {
    INFO(row.source.stated_env << " " << row.source.env_kwargs << " in " << row.env);
    const std::string why = env_mismatch(row.source, section(row.env));
    if (*row.why == '\0') CHECK(why == "");
    CHECK_THAT(why, Contains(row.why));
  }
}

TEST_CASE("D4RL scores exist only for the environments that D4RL measured") {
  CHECK(minari(spec("Hopper-v4")).reference.has_value());
  CHECK(!minari(spec("Hopper-v5")).reference);
  CHECK(!minari(spec("HalfCheetah-v5")).reference);  // although it steps alike
  CHECK(!minari(spec("AdroitHandDoor-v1"), "", "D4RL/door/human-v2").reference);
  CHECK(minari(spec("AdroitHandDoor-v1"), "", "D4RL/door/human-v2").env == "door");
  CHECK(!minari("", "", "mujoco/hopper/medium-v0").reference);
  CHECK(d4rl("", "door-human-v1").reference.has_value());
  CHECK(d4rl("", "hopper-medium-v2").reference.has_value());
}

TEST_CASE("invalid values in Minari metadata are ignored, and Infinity is read") {
  for (const char* text :
       {R"({"env_spec": 3})", R"({"env_spec": "[]"})", R"({"env_spec": "{\"id\": 3}"})",
        R"({"env_spec": "{\"id\": \"Hopper-v4\", \"kwargs\": 3, \"additional_wrappers\": {}}"})",
        R"({"dataset_id": "../../x"})", R"({"dataset_id": ["a"]})",
        R"({"ref_min_score": 3, "ref_max_score": 3})",
        R"({"ref_min_score": "a", "ref_max_score": 3})"}) {
    const DatasetSource source = minari_source("data", Json::parse(text));
    CHECK(source.id == "");
    CHECK(!source.own_reference);
  }
  CHECK(minari(spec("Toy-v5"), "", "mujoco/hopper/medium-v0").id == "mujoco/hopper/medium-v0");
  // Python writes Infinity, which JSON does not have.
  const DatasetSource infinite =
      minari(spec("Toy-v5", R"({"range": [0.7, Infinity], "name": "Infinity \" NaN"})"));
  CHECK(infinite.stated_env == "Toy-v5");
  CHECK(Json::parse(infinite.env_kwargs).at("range")[1] == ".inf");
  CHECK(Json::parse(infinite.env_kwargs).at("name") == "Infinity \" NaN");
}

TEST_CASE("an unsupported environment is created by Gymnasium if an interpreter is given") {
  DatasetSource source;
  source.path = "data";
  source.stated_env = "AdroitHandDoor-v1";
  source.env_kwargs = R"({"reward_type": "dense"})";
  const EnvChoice choice = env_of_data(source, 39, "my/python");
  REQUIRE(choice.env);
  const auto& options = choice.env->as<GymnasiumOptions>();
  CHECK(options.id == "AdroitHandDoor-v1");
  CHECK(options.python == "my/python");
  CHECK_THROWS_WITH(env_of_data(source, 39, ""), Contains("env.python=PYTHON"));
}
