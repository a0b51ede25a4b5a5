#include "envs/registry.h"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "configs/base/error.h"
#include "configs/schema/config.h"
#include "envs/env_config.h"
#include "envs/robots/halfcheetah.h"
#include "tests/catch.h"

using namespace seqrl;

TEST_CASE("every registered name creates an environment", "[registry]") {
  const std::vector<std::string> names = env_names();
  for (const char* builtin : {"hopper", "walker2d", "halfcheetah", "ant", "ant_d4rl"}) {
    CHECK(std::ranges::find(names, builtin) != names.end());
  }
  for (const std::string& name : names) CHECK(make_env(name)->name() != "");
  CHECK(make_env("hopper")->name() == "hopper");
}

TEST_CASE("an unknown name is a user error that suggests a similar name", "[registry]") {
  try {
    make_env("hoper");
    FAIL("no error");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::user);
    CHECK(std::string(error.what()).find("'hopper'") != std::string::npos);
  }
}

TEST_CASE("users register environments, each name once", "[registry]") {
  register_env("my_cheetah", make_halfcheetah);
  CHECK(make_env("my_cheetah")->action_space().dim() == 6);
  CHECK(env_names().back() == "my_cheetah");
  CHECK_THROWS_AS(register_env("my_cheetah", make_halfcheetah), Error);
  CHECK_THROWS_AS(register_env("hopper", make_halfcheetah), Error);
  CHECK_THROWS_AS(register_env("", make_halfcheetah), Error);
  CHECK_THROWS_AS(register_env("nothing", nullptr), Error);
}

TEST_CASE("Gymnasium's ids name the built-in environments", "[registry]") {
  for (const char* id : {"Hopper-v4", "Hopper-v3", "Hopper-v2"}) {
    CHECK(make_env(id)->name() == "hopper");
    CHECK(env_of_gymnasium_id(id) == "hopper");
    CHECK(read_config_text<EnvConfig>(fmt::format("env: {}\n", id), "x.yaml").env.kind() ==
          "hopper");
  }
  CHECK(env_of_gymnasium_id("hopper") == "");
  CHECK(env_of_gymnasium_id("Hopper-v1") == "");
  CHECK(env_of_gymnasium_id("") == "");
  CHECK_THROWS_WITH(make_env("Hoper-v4"), Catch::Contains("did you mean 'Hopper-v4'?"));
}

TEST_CASE("Gymnasium's ids end in a version", "[registry]") {
  for (const char* id : {"Hopper-v5", "minigrid/DoorKey-v0", "my-env-v12"}) {
    CHECK(is_gymnasium_id(id));
  }
  for (const char* name : {"", "hopper", "hopper_v5", "-v5", "Hopper-v", "Hopper-v5x", "v5"}) {
    CHECK_FALSE(is_gymnasium_id(name));
  }
}

TEST_CASE("an environment's facts are found by its name and ids", "[registry]") {
  const EnvFacts* hopper = env_facts("hopper");
  REQUIRE(hopper != nullptr);
  CHECK(hopper->gymnasium_id == "Hopper-v4");
  CHECK(env_facts("Hopper-v2") == hopper);
  CHECK(hopper->d4rl->normalized(3234.3) == 100);
  CHECK(env_facts("door")->targets == std::vector<double>{2900, 1450});  // from D4RL, not built in
  CHECK(env_facts("mjcf")->gymnasium_id == "");
  CHECK(env_facts("nothing") == nullptr);
  CHECK(env_facts("") == nullptr);
}

TEST_CASE("users' environments can have facts and ids", "[registry]") {
  register_env("my_runner", make_halfcheetah, {.gymnasium_id = "MyRunner-v1", .targets = {7}});
  CHECK(env_facts("MyRunner-v1")->targets == std::vector<double>{7});
  CHECK(make_env("MyRunner-v1")->action_space().dim() == 6);
  CHECK_THROWS_AS(register_env("your_runner", make_halfcheetah, {.gymnasium_id = "MyRunner-v1"}),
                  Error);
  CHECK_THROWS_AS(register_env("our_runner", make_halfcheetah, {.same_ids = {"Hopper-v3"}}), Error);
}

TEST_CASE("several threads can create environments at once", "[registry]") {
  std::vector<std::vector<double>> observations(4, std::vector<double>(11));
  std::vector<std::thread> threads;
  for (auto& observation : observations) {
    threads.emplace_back([&observation] {
      for (const char* name : {"ant", "walker2d", "halfcheetah"}) make_env(name);
      const auto hopper = make_env("hopper");
      hopper->reset(3, observation);
      for (int i = 0; i < 5; ++i) hopper->step(std::vector<double>{0.1, -0.2, 0.3}, observation);
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const auto& observation : observations) CHECK(observation == observations.front());
}
