// Discrete actions in a Python environment: a grid like MiniGrid's, from
// tests/envs/gymnasium/python.
#include "agents/evaluation/evaluator.h"
#include "tests/agents/small_run.h"
#include "tests/catch.h"
#include "tests/envs/gymnasium/worlds.h"
#include "tests/temporary_folder.h"

using namespace seqrl;

TEST_CASE("an agent learns to walk a grid from random walks in Minari's layout") {
  const TemporaryFolder folder;
  const std::string grid = "env={kind: gymnasium, id: 'grid:Grid-v0'}",
                    walks = (folder / "walks-v0").string();
  ::setenv("PYTHONPATH", kWorldsPath, 1);
  const Collected random = collect(read_config_text<CollectConfig>(
      "{}", "test", {grid, "transitions=4000", "threads=2", "format=minari", "output=" + walks},
      nullptr, PluginUse::load));
  const RunConfig config = read_config_text<RunConfig>(
      "{}", "test",
      {grid, "dataset.path=" + walks, "output=" + (folder / "run").string(), "device=cpu",
       "agent.return_scale=1", "backbone.dim=32", "backbone.layers=1", "training.steps=250",
       "training.batch=32", "training.context=5", "training.lr=1e-2", "training.warmup=20",
       "training.dropout=0", "training.threads=2", "evaluation.every=1000",
       "evaluation.episodes=40", "evaluation.targets=[0.9]", "evaluation.mode=[stream]"},
      nullptr, PluginUse::load);
  TrainingRun run = TrainingRun::begin(config);
  REQUIRE(run.run({}));
  const auto json = nlohmann::json::parse(read_file(folder / "run" / "eval.json")).at("last");
  CHECK(json.at("actions") == "likely");
  // A random walk seldom takes the shortest path.
  CHECK(random.return_mean < 0.65);
  CHECK(json.at("targets").at(0).at("return_mean").get<double>() > random.return_mean + 0.2);
}
