#include "agents/runs/training_run.h"

#include <limits>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>

#include "agents/datasets/load.h"
#include "agents/learning/learner_kind.h"
#include "configs/base/files.h"
#include "tests/agents/small_run.h"
#include "tests/allocations.h"
#include "tests/catch.h"
#include "tests/full_disk.h"
#include "tests/temporary_folder.h"

using namespace seqrl;

namespace {

constexpr const char* kEvents = "events.out.tfevents.seqrl";

struct Folder : TemporaryFolder {
  Folder() { make_small_dataset(*this / "random.hdf5"); }
  RunConfig config(const std::string& run, std::vector<std::string> overrides = {}) const {
    return small_config(*this / "random.hdf5", *this / run, std::move(overrides));
  }
  std::string last(const std::string& run) const {
    return read_file(*this / run / "checkpoints" / "last.safetensors");
  }
  std::string metrics(const std::string& run) const {
    return read_file(*this / run / "metrics.jsonl");
  }
};

// The files of a run, with the contents of those that must not depend on the time.
std::map<std::string, std::string> files_of(const std::filesystem::path& run) {
  std::map<std::string, std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(run)) {
    const std::string name = entry.path().lexically_relative(run).string();
    const bool tells_time = name == "log.txt" || name == "timing.jsonl";
    std::string bytes = entry.is_directory() || tells_time ? "" : read_file(entry.path());
    if (name == "eval.json") {
      auto json = nlohmann::ordered_json::parse(bytes);
      for (const char* rate : {"steps_per_second", "training_steps_per_second"}) json.erase(rate);
      bytes = json.dump();
    }
    files[name] = bytes;
  }
  return files;
}

// Copies a run's folder at every step and at every message, such as between an evaluation and the
// checkpoint after it: the state that a kill at that moment leaves.
RunEvents snapshots(const std::filesystem::path& run, const std::filesystem::path& into) {
  std::filesystem::create_directory(into);
  const auto copy = [run, into, count = std::make_shared<int>(0)] {
    std::filesystem::copy(run, into / std::to_string((*count)++),
                          std::filesystem::copy_options::recursive);
  };
  return {.stop = nullptr,
          .on_step = [copy](std::int64_t, double) { copy(); },
          .on_message = [copy](const std::string&) { copy(); }};
}

}  // namespace

TEST_CASE("a run writes all its files, and its config reproduces the run") {
  const Folder folder;
  TrainingRun run = TrainingRun::begin(folder.config("run"));
  REQUIRE(run.run({}));
  for (const char* name : {"config.yaml", "metrics.jsonl", "eval.json", "log.txt",
                           "checkpoints/last.safetensors", "checkpoints/best.safetensors"}) {
    CHECK(std::filesystem::exists(folder / "run" / name));
  }
  const auto json = nlohmann::json::parse(read_file(folder / "run" / "eval.json"));
  CHECK(json.at("env") == "hopper");
  CHECK(json.at("targets").size() == 4);
  CHECK(json.at("last").at("step") == 12);
  CHECK(json.at("best").at("targets")[0].contains("score_mean"));

  auto again = read_config<RunConfig>(folder / "run" / "config.yaml",
                                      {"output=" + (folder / "again").string()});
  REQUIRE(TrainingRun::begin(again).run({}));
  CHECK(contents(folder / "again" / "checkpoints" / "last.safetensors") ==
        contents(folder / "run" / "checkpoints" / "last.safetensors"));
}

TEST_CASE("a run resumed at any step is byte-identical to an uninterrupted run") {
  const Folder folder;
  for (const char* backbone : {"min_gru", "transformer"}) {
    const std::string kind = std::string("backbone.kind=") + backbone, whole = backbone;
    REQUIRE(TrainingRun::begin(folder.config(whole, {kind})).run({}));
    for (std::int64_t stop : {0, 1, 5, 6, 11}) {
      const std::string name = whole + std::to_string(stop);
      std::int64_t now = 0;
      CHECK(!TrainingRun::begin(folder.config(name, {kind})).run(stop_after(stop, now)));
      REQUIRE(TrainingRun::resume(folder / name).run({}));
      CHECK(contents(folder / name / "checkpoints" / "last.safetensors") ==
            contents(folder / whole / "checkpoints" / "last.safetensors"));
      CHECK(folder.metrics(name) == folder.metrics(whole));
      CHECK((read_file(folder / name / kEvents) == read_file(folder / whole / kEvents)));
    }
  }
}

TEST_CASE("weights are byte-identical for 1, 2 and 4 threads") {
  const Folder folder;
  for (const char* learner : {"backbone=min_lstm", "backbone=mamba", "agent=behavior_cloning"}) {
    std::vector<std::string> results;
    for (int threads : {1, 2, 4}) {
      const std::string name = std::string(learner) + std::to_string(threads);
      TrainingRun run = TrainingRun::begin(
          folder.config(name, {learner, "training.threads=" + std::to_string(threads)}));
      REQUIRE(run.run({}));
      results.push_back(contents(folder / name / "checkpoints" / "last.safetensors"));
    }
    CHECK(results[0] == results[1]);
    CHECK(results[0] == results[2]);
  }
}

TEST_CASE("a warm training step allocates no memory, with any backbone") {
  const Folder folder;
  for (const char* backbone : {"min_gru", "min_lstm", "gru", "lstm", "mamba", "transformer"}) {
    INFO(backbone);
    RunConfig config = folder.config("unused", {std::string("backbone=") + backbone});
    config.resolve();
    ThreadPool pool(2);
    const std::unique_ptr<Learner> learner = learner_kind(config).make(config, pool);
    CHECK(stops_allocating([&](std::int64_t step) { learner->step(step); }));
  }
}

TEST_CASE("a non-finite loss ends the run and leaves the last good checkpoint") {
  const Folder folder;
  std::int64_t now = 0;
  CHECK(!TrainingRun::begin(
             folder.config("run", {"training.lr=1e30", "training.warmup=0", "training.clip=0"}))
             .run(stop_after(1, now)));
  const std::string good = folder.last("run");
  CHECK_THROWS_WITH(TrainingRun::resume(folder / "run").run({}),
                    Catch::Contains("training stopped at step") && Catch::Contains("last good"));
  CHECK(folder.last("run") == good);
}

TEST_CASE("a run that cannot be resumed is rejected with the reason") {
  const Folder folder;
  REQUIRE(TrainingRun::begin(folder.config("run")).run({}));
  const std::string run = (folder / "run").string();
  CHECK_THROWS_WITH(TrainingRun::begin(folder.config("run")),
                    Catch::Contains("contains a run already"));
  CHECK_THROWS_WITH(TrainingRun::resume(folder / "nothing"), Catch::Contains("no such run"));
  CHECK_THROWS_WITH(
      TrainingRun::resume(folder / "run", {"training.lr=1"}),
      Catch::Contains("training.lr is 1") && Catch::Contains("a resumed run may change"));

  CHECK_THROWS_WITH(TrainingRun::resume(folder / "run", {"training.steps=11"}),
                    Catch::Contains("12 steps are done already"));

  // Its config was edited: the learned weights are not reused for it, and the edit is kept.
  const std::string original = read_file(folder / "run" / "config.yaml");
  std::string edited = original;
  edited.replace(edited.find("context: 5"), 10, "context: 7");
  write_file_atomically(folder / "run" / "config.yaml", edited);
  CHECK_THROWS_WITH(TrainingRun::resume(folder / "run"),
                    Catch::Contains("training.context is 7, but the run was trained with 5"));
  CHECK(read_file(folder / "run" / "config.yaml") == edited);
  write_file_atomically(folder / "run" / "config.yaml", original);

  // Somebody else is training it.
  {
    const TrainingRun other = TrainingRun::resume(folder / "run");
    CHECK_THROWS_WITH(TrainingRun::resume(folder / "run"),
                      Catch::Contains("this process already has this run"));
  }

  // The dataset changed.
  const std::string data = read_file(folder / "random.hdf5");
  CollectConfig other;
  other.env.choose("hopper");
  other.transitions = 700;
  other.seed = 5;
  other.output = (folder / "random.hdf5").string();
  other.overwrite = true;
  collect(other);
  CHECK_THROWS_WITH(TrainingRun::resume(folder / "run"),
                    Catch::Contains("is not the one this run was trained on"));
  write_file_atomically(folder / "random.hdf5", data);

  // Its config names another backbone.
  std::string config = read_file(folder / "run" / "config.yaml");
  config.replace(config.find("kind: min_gru"), 13, "kind: min_lstm");
  write_file_atomically(folder / "run" / "config.yaml", config);
  CHECK_THROWS_WITH(
      TrainingRun::resume(folder / "run"),
      Catch::Contains("backbone.kind is \"min_lstm\", but the run was trained with \"min_gru\""));
  write_file_atomically(folder / "run" / "config.yaml", original);

  // A truncated checkpoint.
  const std::string checkpoint = folder.last("run");
  write_file_atomically(folder / "run" / "checkpoints" / "last.safetensors",
                        checkpoint.substr(0, checkpoint.size() / 2));
  CHECK_THROWS_WITH(TrainingRun::resume(folder / "run"),
                    Catch::Contains("last.safetensors") && Catch::Contains("previous.safetensors"));
}

TEST_CASE("a resumed run may give a new path of its model, but not another model") {
  const Folder folder;
  const std::filesystem::path assets = std::filesystem::path(SEQRL_SOURCE_DIR) / "envs/assets";
  std::filesystem::copy(assets / "hopper.xml", folder / "robot.xml");
  const RunConfig config = small_sac_config(
      folder / "run",
      {"env={kind: mjcf, reward: {alive: 1}, model: '" + (folder / "robot.xml").string() + "'}"});
  REQUIRE(TrainingRun::begin(config).run({}));
  std::filesystem::rename(folder / "robot.xml", folder / "moved.xml");
  const std::string moved = "env.model=" + (folder / "moved.xml").string();
  CHECK_NOTHROW(TrainingRun::resume(folder / "run", {moved}));
  CHECK_THROWS_WITH(TrainingRun::resume(folder / "run", {moved, "training.lr=1"}),
                    Catch::Contains("device, training.precision, training.gpu_shards, plugins, "
                                    "hooks, env.model;"));

  std::filesystem::copy(assets / "walker2d.xml", folder / "robot.xml");
  const std::string other = "env.model=" + (folder / "robot.xml").string();
  CHECK_THROWS_WITH(TrainingRun::resume(folder / "run", {other}),
                    Catch::Contains("only a new run or an evaluation accepts it as it is"));
  CHECK_THROWS_WITH(TrainingRun::resume(folder / "run", {other, "env.fingerprint=null"}),
                    Catch::Contains("env.fingerprint is") && Catch::Contains("start a new run"));
}

TEST_CASE("a run stopped during an evaluation resumes as if it had not stopped") {
  const Folder folder;
  REQUIRE(TrainingRun::begin(folder.config("whole")).run({}));
  std::int64_t now = 0;
  int asked = 0;  // at step 12 the last evaluation asks first
  CHECK(!TrainingRun::begin(folder.config("run"))
             .run({.stop = [&] { return now == 12 && ++asked > 0; },
                   .on_step = [&](std::int64_t step, double) { now = step; }}));
  REQUIRE(TrainingRun::resume(folder / "run").run({}));
  REQUIRE(TrainingRun::resume(folder / "run").run({}));  // nothing is left to do
  CHECK(folder.metrics("run") == folder.metrics("whole"));
  CHECK(contents(folder / "run" / "checkpoints" / "last.safetensors") ==
        contents(folder / "whole" / "checkpoints" / "last.safetensors"));
}

TEST_CASE("a run that was stopped before its first step can be resumed") {
  const Folder folder;
  REQUIRE(TrainingRun::begin(folder.config("whole")).run({}));
  CHECK(!TrainingRun::begin(folder.config("run")).run({.stop = [] { return true; }}));
  REQUIRE(TrainingRun::resume(folder / "run").run({}));
  CHECK(folder.metrics("run") == folder.metrics("whole"));
}

TEST_CASE("a run resumed with more steps is byte-identical to a longer run") {
  const Folder folder;
  REQUIRE(TrainingRun::begin(folder.config("long", {"training.steps=18"})).run({}));
  REQUIRE(TrainingRun::begin(folder.config("short")).run({}));
  TrainingRun run = TrainingRun::resume(folder / "short", {"training.steps=18"});
  CHECK(run.step() == 12);
  REQUIRE(run.run({}));
  CHECK(contents(folder / "short" / "checkpoints" / "last.safetensors") ==
        contents(folder / "long" / "checkpoints" / "last.safetensors"));
}

TEST_CASE("checkpoints evaluated differently are not compared, and the earlier best is kept") {
  const Folder folder;
  const std::filesystem::path checkpoints = folder / "run" / "checkpoints";
  const auto evaluations = [&] {
    return nlohmann::json::parse(read_file(folder / "run" / "eval.json"));
  };
  std::string said;
  const RunEvents events{.on_message = [&](const std::string& line) { said += line + "\n"; }};
  REQUIRE(TrainingRun::begin(folder.config("run")).run(events));
  CHECK(!evaluations().contains("earlier_best"));

  // Settings that do not affect the ranking may change.
  REQUIRE(TrainingRun::resume(folder / "run", {"training.steps=18", "evaluation.every=9",
                                               "evaluation.targets=[3600]"})
              .run(events));
  CHECK(!evaluations().contains("earlier_best"));
  CHECK_THAT(said, !Catch::Contains("measured differently"));

  const nlohmann::json before = evaluations()["best"];
  const std::string earlier = "best-" + before["step"].dump() + ".safetensors";
  const std::string weights = read_file(checkpoints / "best.safetensors");
  const std::vector<std::string> otherwise = {"training.steps=24", "evaluation.every=12",
                                              "evaluation.targets=[1800]", "evaluation.episodes=1",
                                              "evaluation.seed=7"};
  {
    // Killed after the new best was written, but before the run's progress was.
    const std::string last = folder.last("run");
    REQUIRE(TrainingRun::resume(folder / "run", otherwise).run({}));
    write_file_atomically(checkpoints / "last.safetensors", last);
  }
  REQUIRE(TrainingRun::resume(folder / "run").run(events));
  CHECK_THAT(said, Catch::Contains("episodes 1, not 2; seed 7, not 0; target 1800.0, not 3600.0") &&
                       Catch::Contains("checkpoints/" + earlier));
  CHECK(read_file(checkpoints / earlier) == weights);
  CHECK(evaluations()["best"]["step"] == 24);
  CHECK(evaluations()["best"]["targets"][0]["episodes"] == 1);
  REQUIRE(evaluations()["earlier_best"].size() == 1);
  nlohmann::json kept = evaluations()["earlier_best"][0];
  CHECK(kept["checkpoint"] == earlier);
  CHECK(kept["until"] == 18);
  CHECK(kept["protocol"] ==
        nlohmann::json{{"episodes", 2}, {"seed", 0}, {"target", 3600.0}, {"mode", "window"}});
  for (const char* key : {"checkpoint", "until", "protocol"}) kept.erase(key);
  CHECK(kept == before);
  REQUIRE(TrainingRun::resume(folder / "run", {"training.steps=30"}).run({}));
  CHECK(evaluations()["earlier_best"].size() == 1);
}

TEST_CASE("a resumed run may give a new path of its dataset, but not another dataset") {
  const Folder folder;
  REQUIRE(TrainingRun::begin(folder.config("run")).run({}));
  std::filesystem::rename(folder / "random.hdf5", folder / "moved.hdf5");
  const std::string moved = (folder / "moved.hdf5").string();
  REQUIRE(
      TrainingRun::resume(folder / "run", {"dataset.path=" + moved, "training.steps=18"}).run({}));
  CHECK(read_run_progress(CheckpointReader(find_checkpoint(folder / "run")))
            .source.starts_with(moved + ": "));
  CHECK_NOTHROW(TrainingRun::resume(folder / "run"));

  CollectConfig other;
  other.env.choose("hopper");
  other.transitions = 700;
  other.output = (folder / "other.hdf5").string();
  collect(other);
  CHECK_THROWS_WITH(TrainingRun::resume(folder / "run", {"dataset.path=" + other.output}),
                    Catch::Contains("other.hdf5: the dataset is not the one"));
  CHECK_NOTHROW(TrainingRun::resume(folder / "run"));
}

TEST_CASE("a run too short for its settings warns at the start") {
  const Folder folder;
  const auto said = [&](const RunConfig& config) {
    std::string lines;
    TrainingRun::begin(config).run({.stop = [] { return true; },
                                    .on_step = {},
                                    .on_message = [&](const std::string& line) { lines += line; }});
    return lines;
  };
  CHECK_THAT(said(folder.config("rising", {"training.warmup=12"})),
             Catch::Contains("training.warmup is 12 and training.steps 12") &&
                 Catch::Contains("perhaps training.warmup=1"));
  CHECK_THAT(said(folder.config("risen", {"training.warmup=11"})), !Catch::Contains("warmup"));
  CHECK_THAT(said(small_sac_config(folder / "random", {"agent.random_steps=20"})),
             Catch::Contains("agent.random_steps is 20") && Catch::Contains("nothing is learned"));
  CHECK_THAT(said(small_sac_config(folder / "learns")), !Catch::Contains("random_steps"));
}

TEST_CASE("a run killed at any moment resumes to the same bytes as an uninterrupted run") {
  const Folder folder;
  const std::string sac = "sac", offline = "offline";
  for (const std::string& kind : {sac, offline}) {
    const std::filesystem::path run = folder / (kind + "-run");
    const std::vector<std::string> more = {"training.checkpoint_every=5", "evaluation.keep=true"};
    REQUIRE(TrainingRun::begin(kind == sac ? small_sac_config(run, more)
                                           : folder.config(kind + "-run", more))
                .run(snapshots(run, folder / kind)));
    const auto whole = files_of(run);
    CHECK(whole.contains("checkpoints/previous.safetensors"));
    int count = 0;
    for (const auto& snapshot : std::filesystem::directory_iterator(folder / kind)) {
      INFO(snapshot.path());
      REQUIRE(TrainingRun::resume(snapshot.path()).run({}));
      const auto resumed = files_of(snapshot.path());
      for (const auto& [name, bytes] : whole) {
        INFO(name);
        CHECK(resumed.contains(name));
        CHECK((resumed.at(name) == bytes));
      }
      CHECK(resumed.size() == whole.size());
      ++count;
    }
    CHECK(count > 12);
  }
}

TEST_CASE("a failed start leaves no run and can be repeated") {
  const Folder folder;
  {
    const FullDisk disk(2000);  // enough for the config
    CHECK_THROWS_WITH(TrainingRun::begin(folder.config("run", {"dataset.path=none.hdf5"})),
                      Catch::Contains("none.hdf5"));
    CHECK(!std::filesystem::exists(folder / "run"));
  }
  {
    const FullDisk disk(100'000);  // enough for the dataset, not for a checkpoint
    CHECK_THROWS_WITH(TrainingRun::begin(folder.config("run")), Catch::Contains("cannot write"));
    CHECK(!std::filesystem::exists(folder / "run"));
  }
  CHECK(TrainingRun::begin(folder.config("run")).run({}));
}

TEST_CASE("a run exists and can be resumed from the moment it begins") {
  const Folder folder;
  REQUIRE(TrainingRun::begin(folder.config("whole")).run({}));
  TrainingRun::begin(folder.config("run"));
  CHECK_THROWS_WITH(TrainingRun::begin(folder.config("run")), Catch::Contains("already"));
  REQUIRE(TrainingRun::resume(folder / "run").run({}));
  CHECK(folder.metrics("run") == folder.metrics("whole"));

  std::filesystem::rename(folder / "run/config.yaml", folder / "run/config.yaml.part");
  std::filesystem::remove(folder / "run/metrics.jsonl");
  std::filesystem::remove(folder / "run/eval.json");
  CHECK_THROWS_WITH(
      TrainingRun::resume(folder / "run"),
      Catch::Contains("its start was interrupted") &&
          Catch::Contains("seqrl train " + (folder / "run/config.yaml.part").string()));
}

TEST_CASE("a run ends with an error if its folder is moved or deleted") {
  const Folder folder;
  const std::filesystem::path run = folder / "run", elsewhere = folder / "elsewhere";
  for (const bool moved : {true, false}) {
    TrainingRun training = TrainingRun::begin(folder.config(moved ? "run" : "other"));
    const std::filesystem::path place = training.folder();
    CHECK_THROWS_WITH(training.run({.on_step =
                                        [&](std::int64_t step, double) {
                                          if (step != 3) return;
                                          if (moved) std::filesystem::rename(place, elsewhere);
                                          if (!moved) std::filesystem::remove_all(place);
                                        }}),
                      Catch::Contains("was moved or deleted"));
    CHECK(!std::filesystem::exists(place));
  }
  CHECK(TrainingRun::resume(elsewhere).run({}));
}

TEST_CASE("a resumed run leaves its config unchanged byte for byte, even in a moved folder") {
  const Folder folder;
  std::int64_t now = 0;
  CHECK(!TrainingRun::begin(folder.config("run")).run(stop_after(3, now)));
  const std::string config = read_file(folder / "run" / "config.yaml");
  const std::filesystem::path odd = folder / "two\nlines '\" #1: \xFF";
  std::filesystem::rename(folder / "run", odd);
  REQUIRE(TrainingRun::resume(odd).run({}));
  CHECK(read_file(odd / "config.yaml") == config);
  CHECK_THROWS_WITH(TrainingRun::resume(odd, {"output=elsewhere"}),
                    Catch::Contains("a resumed run stays in its folder"));
}

TEST_CASE("a config that could not be read back is not written") {
  const Folder folder;
  RunConfig config = folder.config("run");
  config.output += "\xFF";
  CHECK_THROWS_WITH(TrainingRun::begin(config), Catch::Contains("config.yaml"));
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);  // the data
}

TEST_CASE("a missing eval.json is rewritten from the checkpoint") {
  const Folder folder;
  REQUIRE(TrainingRun::begin(folder.config("run")).run({}));
  std::filesystem::remove(folder / "run" / "eval.json");
  TrainingRun again = TrainingRun::resume(folder / "run");
  REQUIRE(again.run({}));
  CHECK(read_file(folder / "run" / "eval.json") == again.eval_json());
}

TEST_CASE("a full disk stops a run with an error and leaves saved files intact") {
  const Folder folder;
  std::int64_t now = 0;
  CHECK(!TrainingRun::begin(folder.config("run")).run(stop_after(3, now)));
  const std::string good = folder.last("run");
  {
    const FullDisk disk(100'000);  // enough for the dataset, not for a checkpoint
    CHECK_THROWS_WITH(TrainingRun::resume(folder / "run").run({}), Catch::Contains("cannot write"));
  }
  CHECK(folder.last("run") == good);
  CHECK(TrainingRun::resume(folder / "run").run({}));
}

TEST_CASE("a run learns the same from a program's own data as from a file") {
  const TemporaryFolder folder;
  make_small_dataset(folder / "data.hdf5");
  const RunConfig from_file = small_config(folder / "data.hdf5", folder / "file");
  RunConfig from_memory = from_file;
  from_memory.output = (folder / "memory").string();
  CHECK_THROWS_WITH(TrainingRun::begin(from_memory, load_dataset(from_file.dataset.path)),
                    Catch::Contains("provides its own data"));
  from_memory.dataset.path.clear();
  TrainingRun::begin(from_file).run({});
  TrainingRun::begin(from_memory, load_dataset(from_file.dataset.path)).run({});
  const TrainedAgent a = load_agent(find_checkpoint(folder / "file"));
  const TrainedAgent b = load_agent(find_checkpoint(folder / "memory"));
  CHECK(std::ranges::equal(a.parameters->flat().span<float>(), b.parameters->flat().span<float>()));
  CHECK(b.progress.source.starts_with((folder / "data.hdf5").string() + ": "));
}
