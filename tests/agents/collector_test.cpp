#include "agents/collector.h"

#include "agents/datasets/load.h"
#include "configs/base/error.h"
#include "configs/base/files.h"
#include "tests/agents/small_run.h"
#include "tests/catch.h"
#include "tests/temporary_folder.h"

using namespace seqrl;

TEST_CASE("a collected dataset is the same for any number of threads, and loads") {
  const TemporaryFolder folder;
  std::vector<std::uint64_t> fingerprints;
  for (int threads : {1, 3}) {
    CollectConfig config;
    config.env.choose("hopper");
    config.transitions = 500;
    config.output = (folder / (std::to_string(threads) + ".hdf5")).string();
    config.threads = threads;
    const Collected collected = collect(config);
    CHECK(collected.transitions == 500);
    const Trajectories data = load_dataset(config.output, {.keep_cut_episodes = true});
    CHECK(data.transitions() == 500);
    CHECK(static_cast<std::int64_t>(data.episodes().size()) == collected.episodes);
    CHECK(data.source().env == "hopper");
    fingerprints.push_back(data.fingerprint());
  }
  CHECK(fingerprints[0] == fingerprints[1]);
}

TEST_CASE("an interrupted collection leaves no file") {
  const TemporaryFolder folder;
  CollectConfig config;
  config.env.choose("hopper");
  config.output = (folder / "half.hdf5").string();
  CHECK_THROWS_AS(collect(config, [] { return true; }), Error);
  CHECK(std::filesystem::is_empty(folder.path()));
}
