// Which targets an agent is asked for, and where.
#include "tools/commands/agent_arguments.h"

#include <nlohmann/json.hpp>

#include "agents/config/run_config.h"
#include "configs/schema/config.h"
#include "tests/tools/program/program.h"

using namespace seqrl;
using namespace seqrl::tools;

TEST_CASE("an agent in another environment gets that environment's targets, or the given ones") {
  TrainedAgent trained;
  trained.config =
      read_config_text<RunConfig>("{env: hopper, evaluation: {targets: [100]}}", "run");
  trained.config.resolve();
  const auto targets = [&](const std::vector<std::string>& overrides) {
    return config_with(trained, "run", overrides).evaluation.targets;
  };
  CHECK(targets({}) == std::vector<double>{100});
  CHECK(targets({"env=walker2d"}) == standard_targets("walker2d"));
  CHECK(targets({"env=walker2d", "evaluation.targets=[7]"}) == std::vector<double>{7});
  CHECK(targets({"env=walker2d", "evaluation.targets=[100]"}) == std::vector<double>{100});
}

TEST_CASE("bench eval uses the target return of the agent's own config") {
  const TemporaryFolder folder;
  REQUIRE(seqrl_in(folder, "collect env=walker2d transitions=400 output=data.hdf5").status == 0);
  const std::string text = "env: walker2d\ndevice: cpu\ndataset: {path: data.hdf5}\noutput: run\n";
  write_file_atomically(folder / "tiny.yaml", text);
  REQUIRE(seqrl_in(folder, "train tiny.yaml training.steps=2 " + kTinyRun).status == 0);
  const auto steps = [&](const std::string& targets) {
    const Ran ran =
        seqrl_in(folder, "bench eval checkpoint=run --json evaluation.episodes=20 " + targets);
    INFO(ran.err);
    REQUIRE(ran.status == 0);
    return nlohmann::json::parse(ran.out).at("steps").get<std::int64_t>();
  };
  CHECK(steps("") == steps("'evaluation.targets=[100]'"));
  CHECK(steps("") != steps("'evaluation.targets=[3600]'"));
}
