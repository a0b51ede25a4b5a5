#include "agents/collection/collector.h"

#include "agents/collection/behavior_policy.h"
#include "agents/collection/check_dataset.h"
#include "agents/datasets/load.h"
#include "configs/base/error.h"
#include "configs/base/files.h"
#include "tests/agents/small_run.h"
#include "tests/catch.h"
#include "tests/full_disk.h"
#include "tests/temporary_folder.h"

using namespace seqrl;

namespace {

// The settings of a small collection; `settings` use the command line's syntax.
CollectConfig collecting(const std::filesystem::path& output, std::vector<std::string> settings) {
  settings.push_back("output=" + output.string());
  return read_config_text<CollectConfig>("{}", "test",
                                         overridden({"env=hopper", "transitions=500"}, settings));
}

}  // namespace

TEST_CASE("a collected dataset is byte-identical for any number of threads and replays exactly") {
  const TemporaryFolder folder;
  for (const char* policy : {"random", "medium", "expert", "medium-expert"}) {
    INFO(policy);
    const std::string setting = std::string("policy=") + policy;
    const auto one = folder / (setting + "1.hdf5"), three = folder / (setting + "3.hdf5");
    const Collected collected = collect(collecting(one, {setting, "threads=1"}));
    collect(collecting(three, {setting, "threads=3"}));
    CHECK((read_file(one) == read_file(three)));  // binary, so not printed

    const Trajectories data = load_dataset(one, {.keep_cut_episodes = true});
    CHECK(data.transitions() == 500);
    CHECK(std::ssize(data.episodes()) == collected.episodes);
    CHECK(data.source().env == "hopper");
    ThreadPool pool(2);
    const CheckResult check = check_dataset(one, pool);
    CHECK(check.steps == 500);
    CHECK(check.observation_deviation == 0);
    CHECK(check.reward_deviation == 0);
    CHECK(check.termination_mismatches == 0);
  }
}

TEST_CASE("long episodes of a robot with a quaternion in its state replay exactly") {
  const TemporaryFolder folder;
  for (const char* env : {"env=ant", "env=ant_d4rl"}) {
    // Seed 3 has episodes whose first quaternion changes when it is normalised again.
    const auto file = folder / (std::string(env) + ".hdf5");
    collect(collecting(file, {env, "seed=3", "transitions=3000"}));
    ThreadPool pool(2);
    CHECK(check_dataset(file, pool).within(0));
  }
}

TEST_CASE("an existing dataset is replaced only with overwrite=true") {
  const TemporaryFolder folder;
  write_file_atomically(folder / "precious.hdf5", "precious");
  CHECK_THROWS_WITH(collect(collecting(folder / "precious.hdf5", {})),
                    Catch::Contains("exists already; give another name"));
  CHECK(read_file(folder / "precious.hdf5") == "precious");
  collect(collecting(folder / "precious.hdf5", {"overwrite=true"}));
  CHECK(load_dataset(folder / "precious.hdf5", {.keep_cut_episodes = true}).transitions() == 500);

  std::filesystem::create_directories(folder / "mine-v0");
  CHECK_THROWS_WITH(collect(collecting(folder / "mine-v0", {"format=minari", "overwrite=true"})),
                    Catch::Contains("is not a Minari dataset"));
}

TEST_CASE("a collected Minari dataset has the content of a D4RL file with the same settings") {
  const TemporaryFolder folder;
  collect(collecting(folder / "d4rl.hdf5", {"policy=medium"}));
  collect(collecting(folder / "medium-v0", {"policy=medium", "format=minari"}));
  const Trajectories d4rl = load_dataset(folder / "d4rl.hdf5", {.keep_cut_episodes = true});
  const Trajectories minari = load_dataset(folder / "medium-v0", {.keep_cut_episodes = true});
  CHECK(minari.fingerprint() == d4rl.fingerprint());
  CHECK_THROWS_WITH(collect(collecting(folder / "medium-v0", {"format=minari"})),
                    Catch::Contains("exists already"));
  collect(collecting(folder / "medium-v0", {"format=minari", "overwrite=true", "seed=1"}));
  CHECK(load_dataset(folder / "medium-v0", {.keep_cut_episodes = true}).fingerprint() !=
        d4rl.fingerprint());
  CHECK_THROWS_WITH(collect(collecting(folder / "medium", {"format=minari"})),
                    Catch::Contains("named like medium-v0"));
}

TEST_CASE("a run's replay buffer can be collected as a dataset") {
  const TemporaryFolder folder;
  REQUIRE(TrainingRun::begin(small_sac_config(folder / "run")).run({}));
  const std::string replay = "replay=" + (folder / "run").string();
  collect(collecting(folder / "all.hdf5", {replay, "transitions=null"}));
  const Trajectories all = load_dataset(folder / "all.hdf5", {.keep_cut_episodes = true});
  CHECK(all.transitions() == 20);
  ThreadPool pool(1);
  CHECK(check_dataset(folder / "all.hdf5", pool).within(0));
  collect(collecting(folder / "some.hdf5", {replay, "transitions=7"}));
  const Trajectories some = load_dataset(folder / "some.hdf5", {.keep_cut_episodes = true});
  CHECK(std::ranges::equal(some.rewards(), all.rewards().first(7)));

  CHECK_THROWS_WITH(collect(collecting(folder / "x.hdf5", {replay, "transitions=21"})),
                    Catch::Contains("has 20 transitions, but 21 were requested"));
  CHECK_THROWS_WITH(collect(collecting(folder / "x.hdf5", {replay, "env=walker2d"})),
                    Catch::Contains("acted in hopper, not in walker2d"));
  CHECK_THROWS_WITH(collect(collecting(folder / "x.hdf5", {replay, "policy=random"})),
                    Catch::Contains("not be given together with replay"));
}

TEST_CASE("a replay in another environment or with a different reward is rejected") {
  const TemporaryFolder folder;
  const std::filesystem::path hopper = std::filesystem::path(SEQRL_SOURCE_DIR) / "envs/assets";
  std::filesystem::copy(hopper / "hopper.xml", folder / "moved.xml");
  const auto world = [&](const std::filesystem::path& model, const std::string& more = "") {
    return "env={kind: mjcf, name: hopper, frame_skip: 4, reward: {alive: 1}, model: '" +
           model.string() + "'" + more + "}";
  };
  RunConfig config = small_sac_config(folder / "run");
  config.env = collecting(folder / "x", {world(hopper / "hopper.xml")}).env;
  REQUIRE(TrainingRun::begin(config).run({}));
  const std::string replay = "replay=" + (folder / "run").string();
  const auto replayed = [&](const std::string& env) {
    collect(collecting(folder / "x.hdf5", {replay, "transitions=null", "overwrite=true", env}));
  };
  replayed(world(folder / "moved.xml"));
  CHECK_THROWS_WITH(replayed(world(folder / "moved.xml", ", max_episode_steps: 7")),
                    Catch::Contains("env.max_episode_steps 1000, not 7; config="));
  CHECK_THROWS_WITH(replayed(world(folder / "moved.xml", ", reset: {position_noise: 0.1}")),
                    Catch::Contains("env.reset.position_noise"));

  // The first row's reward, after the header, the observation and the action.
  std::string rows = read_file(folder / "run" / "replay.bin");
  rows[64 + 4 * (12 + 3)] ^= 1;
  write_file_atomically(folder / "run" / "replay.bin", rows);
  CHECK_THROWS_WITH(replayed(world(folder / "moved.xml")),
                    Catch::Contains("replay.bin: transitions 0 to "));
}

TEST_CASE("any run can be the policy, and an invalid policy is rejected") {
  const TemporaryFolder folder;
  REQUIRE(TrainingRun::begin(small_sac_config(folder / "run")).run({}));
  const std::string policy = "policy=" + (folder / "run").string();
  CHECK(collect(collecting(folder / "run.hdf5", {policy})).transitions == 500);
  CHECK_THROWS_WITH(collect(collecting(folder / "x.hdf5", {policy, "env=walker2d"})),
                    Catch::Contains("was made for hopper"));
  CHECK_THROWS_WITH(collect(collecting(folder / "x.hdf5", {"policy=exprt"})),
                    Catch::Contains("'exprt'") && Catch::Contains("random, expert, medium"));
  CHECK_THROWS_WITH(collect(collecting(folder / "x.hdf5", {"policy=medium-replay"})),
                    Catch::Contains("give replay=RUN"));
}

TEST_CASE("hopper, halfcheetah and walker2d have shipped expert and medium policies") {
  for (const char* env : {"hopper", "halfcheetah", "walker2d"}) {
    CHECK(shipped_levels(env) == std::vector<std::string>{"expert", "medium"});
    const BehaviorPolicy medium("medium", EnvSection(env)), expert("expert", EnvSection(env));
    CHECK(medium.algorithm() == "sac");
  }
}

TEST_CASE("an interrupted collection or a full disk leaves no file") {
  const TemporaryFolder folder;
  CHECK_THROWS_WITH(collect(collecting(folder / "half.hdf5", {}), {.stop = [] { return true; }}),
                    Catch::Contains("interrupted") && Catch::Contains("was not written"));
  {
    const FullDisk disk(5'000);
    CHECK_THROWS_WITH(collect(collecting(folder / "half.hdf5", {})), Catch::Contains("half.hdf5"));
    CHECK_THROWS_WITH(collect(collecting(folder / "half-v0", {"format=minari"})),
                      Catch::Contains("cannot write"));
  }
  CHECK(std::filesystem::is_empty(folder.path()));
}
