// Several processes train one sweep, and some of them are killed.
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "configs/base/process.h"
#include "configs/base/random.h"
#include "tests/tools/ranks/mpi_program.h"

using namespace seqrl;
using Catch::Contains;
namespace fs = std::filesystem;

namespace {

constexpr int kRuns = 6;

// A folder with a dataset and a sweep of small runs.
struct SharedFolder : TemporaryFolder {
  SharedFolder() {
    REQUIRE(seqrl_in(*this, "collect env=hopper transitions=300 output=data.hdf5").status == 0);
    write_file_atomically(*this / "tiny.yaml",
                          "env: hopper\ndevice: cpu\ndataset: {path: data.hdf5}\n"
                          "backbone: {dim: 16, layers: 1}\n"
                          "training: {batch: 4, shards: 2, context: 4, warmup: 2, log_every: 2,\n"
                          "  checkpoint_every: 3, steps: 60, threads: 1}\n"
                          "evaluation: {episodes: 2, targets: [100]}\n");
    write_file_atomically(*this / "sweep.yaml",
                          "config: tiny.yaml\ngrid: {backbone: [min_gru, gru]}\nseeds: [1, 2, 3]\n"
                          "output: 'out/{backbone}-{seed}'\n");
  }

  // The bytes of all runs, as made by one process.
  std::map<std::string, std::string> alone() const {
    const Ran ran = seqrl_in(*this, "sweep sweep.yaml");
    INFO(ran.err);
    REQUIRE(ran.status == 0);
    const auto bytes = bytes_of_runs();
    fs::remove_all(*this / "out");
    return bytes;
  }

  std::map<std::string, std::string> bytes_of_runs() const {
    std::map<std::string, std::string> bytes;
    for (const auto& entry : fs::directory_iterator(*this / "out")) {
      std::string run = bytes_of_run(entry.path());
      bytes[entry.path().filename().string()] = std::move(run);
    }
    return bytes;
  }

  // Every run exists, was finished once, and is no longer claimed.
  void check_whole(const std::map<std::string, std::string>& expected) const {
    CHECK(bytes_of_runs() == expected);
    for (const auto& entry : fs::directory_iterator(*this / "out")) {
      INFO(entry.path().string());
      const std::string log = read_file(entry.path() / "log.txt"), done = "done; the run is in";
      const std::size_t at = log.find(done);
      REQUIRE(at != std::string::npos);
      CHECK(log.find(done, at + 1) == std::string::npos);
      for (const auto& file : fs::directory_iterator(entry.path())) {
        CHECK_FALSE(file.path().filename().string().starts_with("lock."));
      }
    }
    const Ran table = seqrl_in(*this, "table out --csv");
    CHECK(table.status == 0);
    CHECK_THAT(table.out, Contains("min_gru") && Contains("gru"));
    CHECK(seqrl_in(*this, "sweep sweep.yaml --print").out.empty());
  }
};

// One of several processes that train the sweep.
class SweepProcess {
 public:
  SweepProcess(const SharedFolder& folder, int number, const std::string& environment = "")
      : out_(folder / fmt::format("out{}.txt", number)),
        err_(folder / fmt::format("err{}.txt", number)) {
    process_.emplace(
        std::vector<std::string>{"sh", "-c",
                                 fmt::format("cd '{}' && {} exec '{}' sweep "
                                             "sweep.yaml >'{}' 2>'{}'",
                                             folder.path().string(), environment, SEQRL_PROGRAM,
                                             out_.string(), err_.string())},
        Process::Options{});
  }
  void kill() {
    process_->signal(SIGKILL);
    process_->wait();
  }
  int wait() { return process_->wait(); }
  std::string errors() const { return read_file(err_); }
  // The number before a word of its last line.
  int count(const std::string& what) const {
    const std::string text = read_file(out_);
    const std::size_t end = text.find(what);
    if (end == std::string::npos) return 0;
    const std::size_t begin = text.find_last_not_of("0123456789", end - 1) + 1;
    return std::stoi(text.substr(begin, end - begin));
  }

 private:
  fs::path out_, err_;
  std::optional<Process> process_;
};

// Waits for a condition, for two minutes at most.
bool soon(const std::function<bool()>& happens) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::minutes(2);
  while (!happens()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

// How many runs have a line of metrics.
int begun(const SharedFolder& folder) {
  int count = 0;
  std::error_code none;
  for (const auto& run : fs::directory_iterator(folder / "out", none)) {
    const auto size = fs::file_size(run.path() / "metrics.jsonl", none);
    if (!none && size > 0) ++count;
  }
  return count;
}

// The processes of a machine that train runs.
std::vector<pid_t> trainers_of(const SharedFolder& folder, const std::string& machine) {
  std::vector<pid_t> trainers;
  std::error_code none;
  for (const auto& run : fs::directory_iterator(folder / "out", none)) {
    for (const auto& file : fs::directory_iterator(run.path(), none)) {
      if (!file.path().filename().string().starts_with("lock.")) continue;
      std::ifstream text(file.path());
      const auto owner = nlohmann::json::parse(text, nullptr, false);
      if (owner.is_object() && owner.at("machine") == machine) trainers.push_back(owner["process"]);
    }
  }
  return trainers;
}

// Several processes train the sweep; one is killed at a moment drawn from `random`.
void check_killed(const SharedFolder& folder, const std::map<std::string, std::string>& expected,
                  int processes, Random random, const std::vector<std::string>& environments) {
  fs::remove_all(folder / "out");
  std::vector<std::unique_ptr<SweepProcess>> all;
  for (int i = 0; i < processes; ++i) {
    all.push_back(
        std::make_unique<SweepProcess>(folder, i, environments[static_cast<std::size_t>(i)]));
  }
  const int moment = 1 + static_cast<int>(random.below(kRuns - 2));
  REQUIRE(soon([&] { return begun(folder) >= moment; }));
  const auto victim = static_cast<std::size_t>(random.below(static_cast<std::uint64_t>(processes)));
  all[victim]->kill();
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (i == victim) continue;
    CHECK(all[i]->wait() == 0);
    INFO(all[i]->errors());
    CHECK(all[i]->count(" failed") == 0);
    CHECK(all[i]->count(" left") == 0);
  }
  folder.check_whole(expected);
}

}  // namespace

TEST_CASE("processes share a sweep and train each run once") {
  const SharedFolder folder;
  const auto expected = folder.alone();
  REQUIRE(expected.size() == kRuns);
  for (const int processes : {2, 3}) {
    fs::remove_all(folder / "out");
    std::vector<std::unique_ptr<SweepProcess>> all;
    for (int i = 0; i < processes; ++i) all.push_back(std::make_unique<SweepProcess>(folder, i));
    int done = 0;
    for (const auto& process : all) {
      CHECK(process->wait() == 0);
      INFO(process->errors());
      done += process->count(" done now");
      CHECK(process->count(" failed") == 0);
      CHECK(process->count(" left") == 0);
    }
    CHECK(done == kRuns);
    folder.check_whole(expected);
  }
}

TEST_CASE("the other processes of a sweep finish the runs of a killed process") {
  const SharedFolder folder;
  const auto expected = folder.alone();
  for (const int processes : {2, 3}) {
    check_killed(folder, expected, processes,
                 Random(5, Purpose::test, static_cast<std::uint64_t>(processes)),
                 std::vector<std::string>(3));
  }
}

#ifdef SEQRL_OTHER_MACHINE
// Makes a process appear to be on another machine.
std::string machine(const SharedFolder& folder, const std::string& name) {
  write_file_atomically(folder / name, name + "\n");
  return fmt::format("SEQRL_LOCK_TIMEOUT=4 LD_PRELOAD='{}' OTHER_MACHINE='{}'", SEQRL_OTHER_MACHINE,
                     (folder / name).string());
}

TEST_CASE("machines without common file locks share a sweep") {
  const SharedFolder folder;
  const auto expected = folder.alone();
  check_killed(folder, expected, 3, Random(6, Purpose::test),
               {machine(folder, "a"), machine(folder, "b"), machine(folder, "c")});
}

TEST_CASE("a temporary file of another machine is not removed until it is old") {
  const SharedFolder folder;
  const fs::path staged = folder / ".y.hdf5.seqrl-0123456789abcdef.tmp";
  const auto collect = [&](const std::string& environment) {
    REQUIRE(
        seqrl_in(folder, "collect env=hopper transitions=20 output=x.hdf5", environment).status ==
        0);
    fs::remove(folder / "x.hdf5");
  };
  const std::string elsewhere = machine(folder, "a");
  write_file_atomically(staged, "half of it");
  collect(elsewhere);
  CHECK(fs::exists(staged));
  fs::last_write_time(staged, fs::file_time_type::clock::now() - std::chrono::hours(25));
  collect(elsewhere);
  CHECK_FALSE(fs::exists(staged));
  write_file_atomically(staged, "half of it");
  collect("");  // on a file system local to this machine
  CHECK_FALSE(fs::exists(staged));
}

TEST_CASE("another machine finishes the runs of a lost machine") {
  const SharedFolder folder;
  const auto expected = folder.alone();
  SweepProcess lost(folder, 0, machine(folder, "a"));
  std::vector<pid_t> trainers;
  REQUIRE(
      soon([&] { return !(trainers = trainers_of(folder, "a")).empty() && begun(folder) > 1; }));
  for (const pid_t trainer : trainers_of(folder, "a")) ::kill(trainer, SIGSTOP);
  lost.kill();
  for (const pid_t trainer : trainers_of(folder, "a")) ::kill(trainer, SIGKILL);
  SweepProcess other(folder, 1, machine(folder, "b"));
  CHECK(other.wait() == 0);
  INFO(other.errors());
  folder.check_whole(expected);
}

TEST_CASE("a machine that was suspended for too long no longer writes") {
  const SharedFolder folder;
  const auto expected = folder.alone();
  SweepProcess sleeper(folder, 0, machine(folder, "a"));
  std::vector<pid_t> trainers;
  REQUIRE(
      soon([&] { return !(trainers = trainers_of(folder, "a")).empty() && begun(folder) > 1; }));
  ::kill(trainers[0], SIGSTOP);
  SweepProcess other(folder, 1, machine(folder, "b"));
  CHECK(other.wait() == 0);  // including that run
  INFO(other.errors());
  ::kill(trainers[0], SIGCONT);
  CHECK(sleeper.wait() == 0);
  INFO(sleeper.errors());
  folder.check_whole(expected);
}
#endif

TEST_CASE("processes of a sweep killed at random lose nothing", "[.][torture]") {
  const SharedFolder folder;
  const auto expected = folder.alone();
  for (std::uint64_t trial = 0; trial < 20; ++trial) {
    INFO("trial " << trial);
    check_killed(folder, expected, trial % 2 == 0 ? 2 : 3, Random(7, Purpose::test, trial),
                 std::vector<std::string>(3));
  }
}

TEST_CASE("--no-wait leaves the runs of other processes to them") {
  const SharedFolder folder;
  SweepProcess other(folder, 0);
  REQUIRE(soon([&] { return begun(folder) >= 1; }));
  const Ran ran = seqrl_in(folder, "sweep sweep.yaml --no-wait");
  INFO(ran.err);
  CHECK(ran.status == 0);
  CHECK(other.wait() == 0);
  CHECK(seqrl_in(folder, "sweep sweep.yaml --print").out.empty());
}

TEST_CASE("the ranks of a job share a sweep, and only rank 0 prints") {
  SEQRL_NEEDS_MPI;
  const SharedFolder folder;
  const auto expected = folder.alone();
  const Ran ran = mpirun_in(folder.path(), "-np 3 seqrl sweep sweep.yaml");
  INFO(ran.err);
  CHECK(ran.status == 0);
  CHECK(ran.out == fmt::format("{} runs: {} done now, 0 before, 0 failed, 0 left\n", kRuns, kRuns));
  CHECK_THAT(ran.err, Contains(fmt::format("/{}] out/", kRuns)));
  folder.check_whole(expected);

  const Ran again =
      mpirun_in(folder.path(), "-np 2 seqrl sweep sweep.yaml training.steps=70 jobs=2");
  INFO(again.err);
  CHECK(again.status == 0);
  CHECK_THAT(again.out, Contains(fmt::format("{} done now", kRuns)));
}

TEST_CASE("ranks with different sweeps or folders end the job") {
  SEQRL_NEEDS_MPI;
  const SharedFolder folder;
  fs::create_directory(folder / "b");
  for (const char* file : {"tiny.yaml", "sweep.yaml", "data.hdf5"}) {
    fs::copy(folder / file, folder / "b" / file);
  }
  const auto ends = [&](const std::string& second, const std::string& expected) {
    const Ran ran = mpirun_in(
        folder.path(), fmt::format("-np 1 seqrl sweep sweep.yaml : -np 1 sh -c '{}'", second));
    INFO(ran.err);
    const std::vector<std::string> lines = lines_of_program(ran.err);
    REQUIRE(lines.size() == 1);
    CHECK_THAT(lines[0], Contains(expected));
    CHECK(ran.status == 2);
  };
  ends("exec seqrl sweep sweep.yaml training.lr=0.5", "rank 1 has a different sweep than rank 0");
  ends("cd b && exec seqrl sweep sweep.yaml", "put 'output' on a file system that all machines");
}

namespace {

// Slurm's programs for tests: sbatch keeps its input, scontrol its requests.
struct Slurm {
  explicit Slurm(const SharedFolder& folder) : bin(folder / "bin") {
    fs::create_directory(bin);
    program("sbatch", "cat > job.sh; echo '123;cluster'");
    program("scontrol", "echo \"$@\" >> scontrol.txt");
  }
  void program(const std::string& name, const std::string& text) const {
    write_file_atomically(bin / name, "#!/bin/sh\n" + text + "\n");
    fs::permissions(bin / name, fs::perms::owner_all);
  }
  std::string path() const { return fmt::format("PATH='{}':\"$PATH\"", bin.string()); }
  fs::path bin;
};

}  // namespace

TEST_CASE("--slurm submits an array job whose tasks share the runs") {
  const SharedFolder folder;
  const Slurm slurm(folder);
  Ran ran = seqrl_in(folder, "sweep sweep.yaml 'seeds=[1,2]' jobs=3 training.threads=2 --slurm",
                     slurm.path());
  INFO(ran.err);
  CHECK(ran.status == 0);
  CHECK_THAT(ran.out, Contains("job 123: an array of 3 tasks") && Contains("squeue --jobs=123") &&
                          Contains("seqrl info sweep.yaml 'seeds=[1,2]'"));
  const std::string script = read_file(folder / "job.sh");
  CHECK_THAT(script, Contains("#SBATCH --array=1-3\n") && Contains("#SBATCH --requeue\n") &&
                         Contains("#SBATCH --cpus-per-task=2\n") &&
                         Contains("set -- sweep.yaml 'seeds=[1,2]' training.threads=2\n"));
  CHECK(seqrl_in(folder, "sweep sweep.yaml 'seeds=[1,2]' jobs=3 training.threads=2 --slurm --print")
            .out == script);
  CHECK_THAT(seqrl_in(folder, "sweep sweep.yaml --slurm --print").out, Contains("--array=1-6\n"));

  // The tasks, one after another.
  const auto task = [&](int number) {
    return std::system(fmt::format("cd '{}' && {} SLURM_JOB_ID=12{} SLURM_ARRAY_TASK_ID={} "
                                   "SLURM_ARRAY_TASK_MIN=1 SLURM_ARRAY_TASK_COUNT=3 "
                                   "SLURM_CPUS_PER_TASK=2 bash job.sh >task{}.txt 2>&1",
                                   folder.path().string(), slurm.path(), number, number, number)
                           .c_str());
  };
  CHECK(task(2) == 0);
  CHECK_THAT(read_file(folder / "task2.txt"),
             Contains("[0/4] out/min_gru-2: started") && Contains("4 done now"));
  CHECK(task(3) == 0);
  CHECK_THAT(read_file(folder / "task3.txt"), Contains("4 runs: 0 done now, 4 before"));
  CHECK_FALSE(fs::exists(folder / "scontrol.txt"));
  ran = seqrl_in(folder, "sweep sweep.yaml 'seeds=[1,2]' --slurm", slurm.path());
  CHECK(ran.out == "4 runs: all done before\n");

  slurm.program("sbatch", "echo 'sbatch: error: no partition' >&2; exit 1");
  ran = seqrl_in(folder, "sweep sweep.yaml --slurm", slurm.path());
  CHECK(ran.status == 1);
  CHECK(ran.err == "seqrl: sbatch rejected the job: sbatch: error: no partition\n");
}

TEST_CASE("a task of an array job that is asked to stop saves its run and is requeued") {
  const SharedFolder folder;
  const Slurm slurm(folder);
  const auto expected = folder.alone();
  REQUIRE(seqrl_in(folder, "sweep sweep.yaml jobs=2 training.steps=1000000 --slurm", slurm.path())
              .status == 0);
  for (const int signal : {SIGUSR1, SIGTERM}) {
    Process task({"sh", "-c",
                  fmt::format("cd '{}' && {} SLURM_JOB_ID=77 exec bash job.sh >task.txt 2>&1",
                              folder.path().string(), slurm.path())},
                 {});
    REQUIRE(soon([&] { return begun(folder) >= 1; }));
    const auto size = [&] { return fs::file_size(folder / "out/min_gru-1/metrics.jsonl"); };
    const auto before = size();
    REQUIRE(soon([&] { return size() > before; }));
    task.signal(signal);
    CHECK(task.wait() == 1);
    INFO(read_file(folder / "task.txt"));
    CHECK(read_file(folder / "scontrol.txt") == "requeue 77\n");
    fs::remove(folder / "scontrol.txt");
    CHECK_FALSE(fs::exists(folder / "out/min_gru-1/lock.1"));
  }
}
