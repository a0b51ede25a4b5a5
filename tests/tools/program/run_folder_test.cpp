// A run's folder when the program is started twice, killed, or loses its connection to the outside
// world.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <filesystem>
#include <map>

#include "tests/tools/program/program.h"

namespace fs = std::filesystem;
using Catch::Contains;
using seqrl::read_file;

namespace {

const std::string kTrain = "train tiny.yaml " + kTinyRun + "training.steps=4 ";

// A folder with a dataset and a config that has no output.
struct Data : TemporaryFolder {
  Data() {
    REQUIRE(seqrl_in(*this, "collect env=hopper transitions=300 output=data.hdf5").status == 0);
    seqrl::write_file_atomically(*this / "tiny.yaml",
                                 "env: hopper\ndevice: cpu\ndataset: {path: data.hdf5}\n"
                                 "training: {log_every: 1, checkpoint_every: 2}\n"
                                 "evaluation: {every: 2, mode: [window]}\n");
  }
  Ran ok(const std::string& arguments, const std::string& before = "") const {
    Ran ran = seqrl_in(*this, arguments, before);
    INFO(arguments << ": " << ran.err);
    CHECK(ran.status == 0);
    return ran;
  }
  void refused(const std::string& arguments, int status, const std::string& because) const {
    const Ran ran = seqrl_in(*this, arguments);
    INFO(arguments << ": " << ran.err);
    CHECK(ran.status == status);
    CHECK(is_one_line(ran.err));
    CHECK_THAT(ran.err, Contains(because));
  }
};

// The files of a run that must not depend on interruptions, with their bytes.
std::map<std::string, std::string> files_of(const fs::path& run) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(run)) {
    const std::string name = entry.path().lexically_relative(run).string();
    const bool tells_time = name == "log.txt" || name == "timing.jsonl" || name == "eval.json";
    files[name] = entry.is_directory() || tells_time ? "" : read_file(entry.path());
  }
  return files;
}

// Holds the lock of a run, like a process that trains it.
struct Holder {
  int file;
  explicit Holder(const fs::path& run) {
    fs::create_directories(run);
    file = ::open((run / "lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    REQUIRE(::flock(file, LOCK_EX | LOCK_NB) == 0);
  }
  ~Holder() { ::close(file); }
};

}  // namespace

TEST_CASE("a second start in a run's folder is rejected and changes nothing there") {
  const Data folder;
  folder.ok(kTrain + "output=run");
  const auto files = files_of(folder / "run");
  {
    const Holder other(folder / "run");
    folder.refused(kTrain + "output=run training.lr=1", 2, "another process is training this run");
    folder.refused("train --resume run training.steps=8", 2,
                   "another process is training this run");
  }
  folder.refused(kTrain + "output=run training.lr=1", 2, "contains a run already");
  CHECK((files_of(folder / "run") == files));
  {
    const Holder other(folder / "new");  // which has not written anything yet
    folder.refused(kTrain + "output=new", 2, "another process is training this run");
  }
  CHECK(files_of(folder / "new").size() == 1);  // the lock
  folder.ok(kTrain + "output=new");
}

TEST_CASE("simultaneous starts of one config conflict, those of two configs do not") {
  const Data folder;
  const auto both = [&](const std::string& first, const std::string& second) {
    const std::string command = fmt::format(
        "cd '{}'; '{}' {} 2>a.txt & '{}' {} 2>b.txt; b=$?; wait $!; exit $((10 * $? + b))",
        folder.path().string(), SEQRL_PROGRAM, first, SEQRL_PROGRAM, second);
    const int status = std::system(("exec >/dev/null; " + command).c_str());
    return WEXITSTATUS(status);
  };
  const int status = both(kTrain, kTrain);
  CHECK((status == 2 || status == 20));  // one of them, which gets an error
  CHECK(fs::exists(folder / "runs/data-min_gru-1/eval.json"));
  CHECK(std::distance(fs::directory_iterator(folder / "runs"), {}) == 1);

  const std::string third = kTrain + "seed=3 ";
  CHECK(both(third + "training.lr=1e-3", third + "training.lr=1e-4") == 0);
  CHECK(std::distance(fs::directory_iterator(folder / "runs"), {}) == 3);
}

TEST_CASE("different runs get different folders, which are reported") {
  const Data folder;
  folder.ok(kTrain);
  CHECK_THAT(folder.ok(kTrain + "training.lr=1e-3 --dry-run").out,
             Contains("the run's folder would be runs/data-min_gru-1-lr-0.001"));
  const Ran other = folder.ok(kTrain + "training.lr=1e-3");
  CHECK(other.out == "runs/data-min_gru-1-lr-0.001\n");
  CHECK_THAT(other.err, Contains("runs/data-min_gru-1 holds another run"));
  folder.refused(kTrain, 2, "seqrl train --resume runs/data-min_gru-1,");
  folder.refused(kTrain + "training.lr=1e-3", 2,
                 "seqrl train --resume runs/data-min_gru-1-lr-0.001,");
  fs::create_directory(folder / "more");
  fs::copy(folder / "data.hdf5", folder / "more/data.hdf5");
  CHECK(folder.ok(kTrain + "dataset.path=more/data.hdf5").out ==
        "runs/data-min_gru-1-path-more_data.hdf5\n");
}

TEST_CASE("train and sweep repeat a start that was killed") {
  const Data folder;
  folder.ok(kTrain + "output=out/1");
  const auto whole = files_of(folder / "out/1");
  seqrl::write_file_atomically(folder / "sweep.yaml",
                               "config: tiny.yaml\nseeds: [1, 2]\noutput: 'out/{seed}'\n");
  const std::string sweep = "sweep sweep.yaml training.steps=4 " + kTinyRun;
  for (const bool with_checkpoint : {true, false}) {
    // The state before the last step of its start, or after the first.
    fs::rename(folder / "out/1/config.yaml", folder / "out/1/config.yaml.part");
    for (const char* name : {"eval.json", "metrics.jsonl"}) fs::remove(folder / "out/1" / name);
    if (!with_checkpoint) fs::remove_all(folder / "out/1/checkpoints");
    folder.refused("train --resume out/1", 2, "seqrl train out/1/config.yaml.part");
    const Ran ran = folder.ok(with_checkpoint ? sweep : kTrain + "output=out/1");
    CHECK_THAT(ran.out, Contains(with_checkpoint ? "2 runs: 2 done now" : "out/1"));
    fs::remove(folder / "out/1/output.txt");
    CHECK((files_of(folder / "out/1") == whole));
  }
}

TEST_CASE("a sweep resumes a run that was killed between its last evaluation and its checkpoint") {
  const Data folder;
  const std::string sweep = "sweep sweep.yaml training.steps=4 " + kTinyRun;
  seqrl::write_file_atomically(folder / "sweep.yaml", "config: tiny.yaml\noutput: 'out/{seed}'\n");
  folder.ok(sweep);
  const auto whole = files_of(folder / "out/1");
  fs::copy_file(folder / "out/1/checkpoints/previous.safetensors",
                folder / "out/1/checkpoints/last.safetensors",
                fs::copy_options::overwrite_existing);
  CHECK_THAT(folder.ok(sweep).out, Contains("1 done now"));
  fs::remove(folder / "out/1/output.txt");
  auto resumed = files_of(folder / "out/1");
  resumed["output.txt"] = whole.at("output.txt");
  CHECK((resumed == whole));
  CHECK_THAT(folder.ok(sweep).out, Contains("0 done now, 1 before"));
}

TEST_CASE("a run without its data, config or checkpoint is rejected, and a sweep continues") {
  const Data folder;
  folder.ok(kTrain + "output=out/1");
  seqrl::write_file_atomically(folder / "sweep.yaml",
                               "config: tiny.yaml\nseeds: [1, 2]\noutput: 'out/{seed}'\n");
  const auto before = files_of(folder / "out/1");
  fs::copy(folder / "data.hdf5", folder / "other.hdf5");
  fs::rename(folder / "data.hdf5", folder / "gone.hdf5");
  folder.refused("train --resume out/1 training.steps=6", 2, "data.hdf5");
  CHECK((files_of(folder / "out/1") == before));
  fs::rename(folder / "gone.hdf5", folder / "data.hdf5");
  fs::rename(folder / "out/1/checkpoints/last.safetensors", folder / "last");
  const Ran ran = seqrl_in(folder, "sweep sweep.yaml training.steps=6 " + kTinyRun);
  CHECK(ran.status == 1);
  CHECK_THAT(ran.out, Contains("1 done now, 0 before, 1 failed"));
  fs::rename(folder / "last", folder / "out/1/checkpoints/last.safetensors");
  fs::rename(folder / "out/1/config.yaml", folder / "config");
  folder.refused("train --resume out/1", 2, "it has no config.yaml");
  folder.refused(kTrain + "output=out/1", 2, "a run would overwrite it");
}

TEST_CASE("a run in a folder of any name is resumed, and its config is unchanged") {
  const Data folder;
  folder.ok(kTrain + "output=run");
  const std::string config = read_file(folder / "run/config.yaml");
  fs::path now = folder / "run";
  for (const std::string name : {"two\nlines", "quotes\"'", "#1: x", "no text \xFF", "a=b", "~"}) {
    INFO(name);
    fs::rename(now, folder / name);
    now = folder / name;
    // With the shell's notation for every byte.
    std::string quoted = "./$'";
    for (const char c : name) quoted += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    const std::string command =
        fmt::format("cd '{}' && exec bash -c \"'{}' train --resume {}'\" >out.txt 2>err.txt",
                    folder.path().string(), SEQRL_PROGRAM, quoted);
    CHECK(std::system(command.c_str()) == 0);
    CHECK(read_file(now / "config.yaml") == config);
  }
  const Ran ran = seqrl_in(folder, kTrain + "output=$(printf 'no\\377text')");
  CHECK(ran.status == 2);
  CHECK(is_one_line(ran.err));
  CHECK(std::distance(fs::directory_iterator(folder.path()), {}) == 5);
}

TEST_CASE("with closed standard streams, no progress is written into a run's files") {
  const Data folder;
  folder.ok(kTrain + "output=whole");
  const auto whole = files_of(folder / "whole");
  for (const std::string closed : {"<&- 2>&-", "<&- >&- 2>&-", ">&-"}) {
    INFO(closed);
    fs::remove_all(folder / "run");
    folder.ok(kTrain + "output=run " + closed);
    CHECK(read_file(folder / "run/metrics.jsonl") == read_file(folder / "whole/metrics.jsonl"));
    CHECK(files_of(folder / "run").size() == whole.size());
  }
  const Ran info = folder.ok("info whole --json 2>&-");
  CHECK_THAT(info.out, Contains("\"parameters\""));
  folder.ok("info data.hdf5 <&- 2>&-");
}

TEST_CASE("a pipe that nobody reads does not end training") {
  const Data folder;
  const std::string command =
      fmt::format("cd '{}' && {{ '{}' {} output=run 2>&1; echo $? >status.txt; }} | true",
                  folder.path().string(), SEQRL_PROGRAM, kTrain);
  REQUIRE(std::system(command.c_str()) == 0);
  CHECK(read_file(folder / "status.txt") == "0\n");
  CHECK(fs::exists(folder / "run/eval.json"));
  CHECK_THAT(read_file(folder / "run/log.txt"), Contains("done; the run is in run"));
}

TEST_CASE("a closed terminal (SIGHUP) stops training with everything saved") {
  const Data folder;
  const Ran ran = seqrl_in(folder,
                           "train tiny.yaml " + kTinyRun +
                               "output=run training.steps=100000000 evaluation.every=1000000",
                           "timeout --foreground --preserve-status -s HUP 2");
  CHECK(ran.status == 1);
  CHECK_THAT(ran.err, Contains("everything is saved"));
  CHECK(fs::exists(folder / "run/checkpoints/previous.safetensors"));
}

TEST_CASE("moving or deleting a run's folder ends its training with status 1 and one line") {
  const Data folder;
  for (const std::string undo : {"mv run elsewhere", "rm -r run"}) {
    INFO(undo);
    const std::string command = fmt::format(
        "cd '{}'; '{}' train tiny.yaml {} output=run training.steps=100000000 "
        "training.checkpoint_every=100000000 evaluation.every=100000000 2>err.txt & cd '{}'; "
        "until [ -s run/metrics.jsonl ]; do :; done; {}; wait $!",
        folder.path().string(), SEQRL_PROGRAM, kTinyRun, folder.path().string(), undo);
    const int status = std::system(command.c_str());
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 1);
    const std::string said = read_file(folder / "err.txt");
    CHECK_THAT(said,
               Contains("seqrl: run: the run's folder, or 'lock' in it, was moved or deleted"));
    CHECK(said.find("seqrl: ") == said.rfind("seqrl: "));
  }
  CHECK(!fs::exists(folder / "run"));
  CHECK(fs::exists(folder / "elsewhere/checkpoints/last.safetensors"));
}

TEST_CASE("a symbolic link in place of a run's log file is rejected and not followed") {
  const Data folder;
  folder.ok(kTrain + "output=run");
  seqrl::write_file_atomically(folder / "precious", "mine");
  for (const char* name :
       {"log.txt", "metrics.jsonl", "timing.jsonl", "events.out.tfevents.seqrl"}) {
    INFO(name);
    const std::string kept = read_file(folder / "run" / name);
    fs::remove(folder / "run" / name);
    fs::create_symlink(folder / "precious", folder / "run" / name);
    folder.refused("train --resume run training.steps=6", 2, name);
    CHECK(read_file(folder / "precious") == "mine");
    fs::remove(folder / "run" / name);
    seqrl::write_file_atomically(folder / "run" / name, kept);
  }
  folder.ok("train --resume run training.steps=6");
}
