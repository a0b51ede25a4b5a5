#include "envs/registry.h"

#include <algorithm>
#include <thread>

#include "configs/base/error.h"
#include "envs/robots/halfcheetah.h"
#include "tests/catch.h"

using namespace seqrl;

TEST_CASE("every name makes an environment of that name", "[registry]") {
  const std::vector<std::string> names = env_names();
  for (const char* builtin : {"hopper", "walker2d", "halfcheetah", "ant", "ant_d4rl"}) {
    CHECK(std::ranges::find(names, builtin) != names.end());
  }
  for (const std::string& name : names) CHECK(make_env(name)->name() != "");
  CHECK(make_env("hopper")->name() == "hopper");
}

TEST_CASE("an unknown name is the user's mistake, and a near one is suggested", "[registry]") {
  try {
    make_env("hoper");
    FAIL("no error");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::user);
    CHECK(std::string(error.what()).find("'hopper'") != std::string::npos);
  }
}

TEST_CASE("users register environments of their own, once a name", "[registry]") {
  register_env("my_cheetah", make_halfcheetah);
  CHECK(make_env("my_cheetah")->action_space().dim() == 6);
  CHECK(env_names().back() == "my_cheetah");
  CHECK_THROWS_AS(register_env("my_cheetah", make_halfcheetah), Error);
  CHECK_THROWS_AS(register_env("hopper", make_halfcheetah), Error);
  CHECK_THROWS_AS(register_env("", make_halfcheetah), Error);
  CHECK_THROWS_AS(register_env("nothing", nullptr), Error);
}

TEST_CASE("environments can be made by several threads at once", "[registry]") {
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
