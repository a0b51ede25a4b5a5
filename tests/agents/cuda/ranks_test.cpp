// Whole runs on the GPUs of several ranks.
#include <fstream>
#include <functional>

#include "agents/runs/training_run.h"
#include "tests/agents/small_run.h"
#include "tests/catch.h"
#include "tests/temporary_folder.h"
#include "tests/thread_ranks.h"

using namespace seqrl;
namespace fs = std::filesystem;

namespace {

// Runs some ranks to the end or the first stop; 1 rank is a process by itself.
using Start = std::function<TrainingRun(Communicator&)>;
void run_on(int ranks, const Start& start, std::int64_t stop = 1000) {
  const auto run = [&](Communicator& rank) {
    std::int64_t now = 0;
    start(rank).run(stop_after(stop, now));
  };
  if (ranks == 1) return run(single_process());
  ThreadRanks(ranks, ThreadRanks::Run::in_turn).run([&](Communicator& rank) {
    std::int64_t now = 0;  // rank 0's events count steps; others' stop() is ignored
    RunEvents events = stop_after(stop, now);
    start(rank).run(rank.is_first() ? events : RunEvents{});
  });
}

std::string text_of(const fs::path& run) {
  std::string all = contents(run / "checkpoints/last.safetensors");
  all += contents(run / "checkpoints/best.safetensors") + read_file(run / "metrics.jsonl");
  auto scores = nlohmann::ordered_json::parse(read_file(run / "eval.json"));
  scores.erase("steps_per_second");
  scores.erase("training_steps_per_second");
  return all + scores.dump();
}

}  // namespace

TEST_CASE("a run on GPUs gives the same bytes for any number of ranks, even if it changes") {
  const TemporaryFolder folder;
  make_small_dataset(folder / "data.hdf5");
  const auto agent = [&](const std::string& name, const std::vector<std::string>& settings) {
    std::vector<std::string> all = {"device=cuda", "training.log_every=1", "training.gpu_shards=3",
                                    "evaluation.episodes=1", "evaluation.targets=[500,100]"};
    all.insert(all.end(), settings.begin(), settings.end());
    return small_config(folder / "data.hdf5", folder / name, all);
  };
  const auto task = [&](const std::string& name, const std::string& which) {
    return small_task_config(
        which, folder / name,
        {"device=cuda", "training.log_every=1", "training.gpu_shards=3", "training.batch=7"});
  };
  const std::vector<std::pair<std::string, std::function<RunConfig(const std::string&)>>> kinds = {
      {"transformer", [&](const auto& name) { return agent(name, {"backbone=transformer"}); }},
      {"cloning",
       [&](const auto& name) {
         return agent(name, {"agent={kind: behavior_cloning, dim: 16}", "dataset.validation=0.3"});
       }},
      {"each token",
       [&](const auto& name) {
         return task(name, "{kind: selective_copy, length: 16, data: 3, evaluation_examples: 8}");
       }},
      {"last token", [&](const auto& name) {
         return task(name,
                     "{kind: even_pairs, longest: 9, test_shortest: 9, test_longest: 12, "
                     "evaluation_examples: 99}");
       }}};
  for (const auto& [kind, config] : kinds) {
    CAPTURE(kind);
    const auto begin = [&](const std::string& name) -> Start {
      return [&, name](Communicator& ranks) { return TrainingRun::begin(config(name), ranks); };
    };
    run_on(1, begin(kind));
    const std::string expected = text_of(folder / kind);
    const bool all = &kind == &kinds.front().first;
    for (const int ranks : all ? std::vector{2, 3} : std::vector{2}) {
      CAPTURE(ranks);
      const std::string name = kind + std::to_string(ranks);
      run_on(ranks, begin(name));
      CHECK(text_of(folder / name) == expected);
    }
    if (!all) continue;
    const fs::path mixed = folder / (kind + " mixed");
    const Start resume = [&](Communicator& ranks) { return TrainingRun::resume(mixed, {}, ranks); };
    run_on(3, begin(kind + " mixed"), 4);
    run_on(1, resume, 7);
    run_on(2, resume);
    CHECK(text_of(mixed) == expected);
  }
}

TEST_CASE("ranks with GPUs split a batch, and the run's config records the split") {
  const TemporaryFolder folder;
  make_small_dataset(folder / "data.hdf5");
  const auto config = [&](const std::string& name, const std::string& setting = "seed=1") {
    return small_config(folder / "data.hdf5", folder / name, {"device=cuda", setting});
  };
  const auto parts = [&](const std::string& name) {
    return read_config<RunConfig>(folder / name / "config.yaml").training.gpu_shards;
  };
  const auto log = [&](const std::string& name) { return read_file(folder / name / "log.txt"); };
  run_on(2, [&](Communicator& ranks) { return TrainingRun::begin(config("two"), ranks); });
  CHECK(parts("two") == 2);
  CHECK_THAT(log("two"), Catch::Contains("ranks 0, 1 share a GPU"));
  CHECK_THAT(log("two"), !Catch::Contains("train nothing"));
  run_on(
      1, [&](Communicator& ranks) { return TrainingRun::begin(config("one"), ranks); }, 5);
  CHECK(parts("one") == 0);
  run_on(
      2, [&](Communicator& ranks) { return TrainingRun::resume(folder / "one", {}, ranks); }, 8);
  CHECK(parts("one") == 0);
  CHECK_THAT(log("one"), Catch::Contains("1 part on GPUs, so 1 of 2 ranks train nothing: set "
                                         "training.gpu_shards=2"));
  run_on(2, [&](Communicator& ranks) {
    return TrainingRun::resume(folder / "one", {"training.gpu_shards=2"}, ranks);
  });
  CHECK(parts("one") == 2);
  run_on(1, [&](Communicator& ranks) {
    return TrainingRun::begin(config("again", "training.gpu_shards=2"), ranks);
  });
  CHECK(text_of(folder / "again") == text_of(folder / "two"));
}
