#include "agents/sac/sac_learner.h"

#include <filesystem>

#include "agents/learning/learner_kind.h"
#include "agents/sac/replay_buffer.h"
#include "tests/agents/small_run.h"
#include "tests/allocations.h"
#include "tests/catch.h"
#include "tests/temporary_folder.h"

using namespace seqrl;

namespace {

std::string last_contents(const std::filesystem::path& run) {
  return contents(run / "checkpoints" / "last.safetensors");
}

}  // namespace

TEST_CASE("an actuator without bounds is reported with the fix") {
  const TemporaryFolder folder;
  write_file_atomically(folder / "cart.xml",
                        "<mujoco><worldbody><body><joint name='rail' type='slide'/>"
                        "<geom size='0.1'/></body></worldbody>"
                        "<actuator><motor name='push' joint='rail'/></actuator></mujoco>");
  const RunConfig config = small_sac_config(
      folder / "run", {"env={kind: mjcf, model: '" + (folder / "cart.xml").string() + "'}"});
  CHECK_THROWS_WITH(TrainingRun::begin(config),
                    Catch::Contains("actuator 'push' of cart has no bounds; give it ctrllimited"));
}

TEST_CASE("a SAC run resumed at any step is byte-identical to an uninterrupted run") {
  const TemporaryFolder folder;
  REQUIRE(TrainingRun::begin(small_sac_config(folder / "whole")).run({}));
  for (std::int64_t stop : {0, 1, 6, 7, 10, 13, 19}) {
    const auto run = folder / std::to_string(stop);
    std::int64_t now = 0;
    CHECK(!TrainingRun::begin(small_sac_config(run)).run(stop_after(stop, now)));
    REQUIRE(TrainingRun::resume(run).run({}));
    CHECK((last_contents(run) == last_contents(folder / "whole")));
    CHECK(read_file(run / "metrics.jsonl") == read_file(folder / "whole" / "metrics.jsonl"));
    CHECK((read_file(run / "replay.bin") == read_file(folder / "whole" / "replay.bin")));
  }
}

TEST_CASE("a SAC run without its replay buffer is rejected each time it is resumed") {
  const TemporaryFolder folder;
  std::int64_t now = 0;
  CHECK(!TrainingRun::begin(small_sac_config(folder / "run")).run(stop_after(7, now)));
  std::filesystem::remove(folder / "run" / "replay.bin");
  for (int i = 0; i < 2; ++i) {
    CHECK_THROWS_WITH(TrainingRun::resume(folder / "run"), Catch::Contains("replay.bin: missing"));
  }
}

TEST_CASE("a resumed SAC run ignores what it did after its checkpoint") {
  const TemporaryFolder folder;
  REQUIRE(TrainingRun::begin(small_sac_config(folder / "whole")).run({}));
  std::int64_t now = 0;
  CHECK(!TrainingRun::begin(small_sac_config(folder / "run")).run(stop_after(12, now)));
  const auto checkpoint = folder / "run" / "checkpoints" / "last.safetensors";
  const std::string saved = read_file(checkpoint);
  now = 0;
  CHECK(!TrainingRun::resume(folder / "run").run(stop_after(17, now)));
  write_file_atomically(checkpoint, saved);  // as if killed before it saved
  REQUIRE(TrainingRun::resume(folder / "run").run({}));
  CHECK((last_contents(folder / "run") == last_contents(folder / "whole")));
}

TEST_CASE("a SAC run does not depend on threads and can be resumed with more steps") {
  const TemporaryFolder folder;
  REQUIRE(TrainingRun::begin(small_sac_config(folder / "long", {"training.steps=30"})).run({}));
  for (const char* threads : {"1", "2", "4"}) {
    const auto run = folder / threads;
    const std::string setting = std::string("training.threads=") + threads;
    TrainingRun::begin(small_sac_config(run, {"evaluation.seed=0"})).run({});
    REQUIRE(TrainingRun::resume(run, {"training.steps=30", setting}).run({}));
    CHECK((last_contents(run) == last_contents(folder / "long")));
  }
}

TEST_CASE("with evaluation.keep, a run keeps loadable weights of every evaluation") {
  const TemporaryFolder folder;
  REQUIRE(TrainingRun::begin(small_sac_config(folder / "run", {"evaluation.keep=true"})).run({}));
  for (const char* name : {"10.safetensors", "20.safetensors"}) {
    const TrainedAgent kept = load_agent(folder / "run" / "policies" / name);
    CHECK(kept.config.env.kind() == "hopper");
    CHECK(std::filesystem::file_size(folder / "run" / "policies" / name) <
          std::filesystem::file_size(folder / "run" / "checkpoints" / "last.safetensors") / 2);
  }
  const TrainedAgent end = load_agent(folder / "run" / "checkpoints" / "last.safetensors");
  const TrainedAgent kept = load_agent(folder / "run" / "policies" / "20.safetensors");
  CHECK(std::ranges::equal(kept.parameters->flat().span<float>(),
                           end.parameters->flat().span<float>()));
}

TEST_CASE("SAC rejects settings that it does not use") {
  ThreadPool pool(1);
  const auto refused = [&](const char* setting) {
    RunConfig config = small_sac_config("unused", {setting});
    config.resolve();
    return [&pool, config] { learner_kind(config).make(config, pool); };
  };
  CHECK_THROWS_WITH(refused("training.lr=1e-3")(),
                    Catch::Contains("training.lr is 0.001") && Catch::Contains("set agent.lr"));
  CHECK_THROWS_WITH(refused("training.dropout=0.2")(), Catch::Contains("training.dropout"));
  CHECK_THROWS_WITH(refused("dataset.path=some.hdf5")(),
                    Catch::Contains("dataset.path is some.hdf5"));
}

TEST_CASE("a warm step of SAC allocates no memory") {
  RunConfig config = small_sac_config("unused", {"training.steps=1000"});
  config.resolve();
  ThreadPool pool(2);
  const auto learner = learner_kind(config).make(config, pool);
  CHECK(stops_allocating([&](std::int64_t step) { learner->step(step); }, config.training.steps));
}
