#include "agents/learning/env_of_run.h"

#include "configs/schema/config.h"
#include "envs/gymnasium/gymnasium_options.h"
#include "tests/catch.h"

using namespace seqrl;

namespace {

Trajectories door_data() {
  TransitionArrays arrays{.observation_dim = 1,
                          .action_dim = 1,
                          .observations = Buffer<float>(std::vector<float>{0, 1}),
                          .actions = Buffer<float>(std::vector<float>{0, 1}),
                          .rewards = Buffer<float>(std::vector<float>{0, 1}),
                          .next_observations = {}};
  DatasetSource source;
  source.path = "door";
  source.stated_env = "AdroitHandDoor-v1";
  return {std::move(arrays), {{0, 2, EndKind::terminated}}, std::move(source)};
}

}  // namespace

TEST_CASE("the interpreter of env: data is trusted if the config that names it is") {
  for (const PluginUse use : {PluginUse::load, PluginUse::refuse}) {
    auto config = read_config_text<RunConfig>(
        "env: {kind: data, python: my/python}\ndataset: {path: door}", "test", {}, nullptr, use);
    std::vector<std::string> notes;
    choose_env(config, door_data(), notes);
    const auto& options = config.env.as<GymnasiumOptions>();
    CHECK(options.id == "AdroitHandDoor-v1");
    CHECK(options.python == "my/python");
    CHECK(options.trusted == (use == PluginUse::load));
    CHECK(notes.size() == 1);
  }
}
