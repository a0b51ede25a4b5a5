#include "agents/runs/run_start.h"

#include <cstdlib>
#include <set>

#include "configs/base/files.h"
#include "tests/catch.h"
#include "tests/temporary_folder.h"

using namespace seqrl;
using Catch::Contains;
namespace fs = std::filesystem;

namespace {

void write(const fs::path& path, const std::string& text = "mine") {
  fs::create_directories(path.parent_path());
  write_file_atomically(path, text);
}

std::set<std::string> names_in(const TemporaryFolder& folder) {
  std::set<std::string> names;
  for (const auto& entry : fs::recursive_directory_iterator(folder.path())) {
    names.insert(entry.path().lexically_relative(folder.path()).string());
  }
  return names;
}

}  // namespace

TEST_CASE("a start without a commit removes its own files and keeps all others") {
  const TemporaryFolder folder;
  { const RunStart start(folder / "runs/a/b", "seed: 1", "resume it"); }
  CHECK(names_in(folder).empty());

  write(folder / "runs/a/notes.txt");
  write(folder / "runs/a/log.txt");
  write(folder / "runs/a/lock", "");
  write(folder / "runs/a/checkpoints/mine.txt");
  const auto before = names_in(folder);
  {
    const RunStart start(folder / "runs/a", "seed: 1", "resume it");
    CHECK(!holds_run(folder / "runs/a"));
    for (const char* name : {"checkpoints/last.safetensors", "metrics.jsonl", "replay.bin",
                             "events.out.tfevents.seqrl", "timing.jsonl"}) {
      write(folder / "runs/a" / name, "");
    }
  }
  CHECK(names_in(folder) == before);
}

TEST_CASE("a start whose lock cannot be taken leaves nothing") {
  const TemporaryFolder folder;
  ::setenv("SEQRL_LOCK_TIMEOUT", "abc", 1);
  CHECK_THROWS_WITH(RunStart(folder / "runs/a", "seed: 1", "resume it"),
                    Catch::Contains("SEQRL_LOCK_TIMEOUT"));
  ::unsetenv("SEQRL_LOCK_TIMEOUT");
  CHECK(names_in(folder).empty());
}

TEST_CASE("a committed start is a run and is locked") {
  const TemporaryFolder folder;
  const fs::path run = folder / "run";
  {
    RunStart start(run, "seed: 1", "resume it");
    CHECK(read_file(run / "config.yaml.part") == "seed: 1");
    CHECK(config_in(run, true) == "seed: 1");
    CHECK(!config_in(run, false));
    write(run / "checkpoints/last.safetensors");
    const auto lock = start.commit();
    CHECK_THROWS_AS(RunStart(run, "seed: 2", "resume it"), RunLocked);
  }
  CHECK(holds_run(run));
  CHECK(!fs::exists(run / "config.yaml.part"));
  CHECK(config_in(run, false) == "seed: 1");
  CHECK_THROWS_WITH(RunStart(run, "seed: 2", "resume it"), Contains("contains a run already"));
  CHECK(read_file(run / "config.yaml") == "seed: 1");
}

TEST_CASE("a killed start leaves no run, and the next start removes its files") {
  const TemporaryFolder folder;
  const fs::path run = folder / "run";
  // Left by this version, and by earlier ones that wrote config.yaml first.
  const bool earlier = GENERATE(false, true);
  write(run / (earlier ? "config.yaml" : "config.yaml.part"), "seed: 1");
  write(run / "checkpoints/none", "");
  write(run / "metrics.jsonl", "");
  write(run / "events.out.tfevents.1700000000.host.1.0");
  write(run / "replay.bin");
  if (!earlier) write(run / "checkpoints/last.safetensors");
  CHECK(!holds_run(run));
  CHECK(holds_broken_start(run));
  CHECK(read_file(broken_start_config(run)) == "seed: 1");
  {
    RunStart start(run, "seed: 2", "resume it");
    for (const char* name : {"config.yaml", "metrics.jsonl", "replay.bin",
                             "events.out.tfevents.1700000000.host.1.0"}) {
      CHECK(!fs::exists(run / name));
    }
    write(run / "checkpoints/last.safetensors");
    start.commit();
  }
  CHECK(holds_run(run));
  CHECK(fs::exists(run / "checkpoints/none"));
}

TEST_CASE("files that a run would overwrite are named and kept") {
  for (const char* name : {"metrics.jsonl", "replay.bin", "checkpoints/best.safetensors",
                           "eval.json", "timing.jsonl", "events.out.tfevents.1.host.2.0"}) {
    const TemporaryFolder folder;
    write(folder / "run" / name);
    CHECK_THROWS_WITH(RunStart(folder / "run", "seed: 1", "resume it"),
                      Contains(name) && Contains("would overwrite"));
    CHECK(read_file(folder / "run" / name) == "mine");
    CHECK(names_in(folder).size() == (fs::path(name).has_parent_path() ? 3 : 2));
  }
  // A config that somebody wrote there, and a run without its last checkpoint.
  const TemporaryFolder folder;
  write(folder / "a/config.yaml", "seed: 1");
  write(folder / "b/config.yaml", "seed: 1");
  write(folder / "b/checkpoints/previous.safetensors");
  write(folder / "c/config.yaml", "seed: 1");
  write(folder / "c/config.yaml.part", "seed: 1");
  write(folder / "c/checkpoints/last.safetensors");
  for (const char* name : {"a", "b", "c"}) {
    CHECK_THROWS_WITH(RunStart(folder / name, "seed: 2", "resume it"),
                      Contains("contains a run already"));
    CHECK(read_file(folder / name / "config.yaml") == "seed: 1");
  }
}
