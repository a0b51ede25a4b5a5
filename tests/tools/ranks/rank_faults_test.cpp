// Ranks that die, stop or are asked to stop: the job ends, and its run can be continued.
#include <signal.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <iterator>
#include <optional>
#include <string>
#include <thread>

#include "agents/policies/checkpoint.h"
#include "configs/base/process.h"
#include "configs/base/random.h"
#include "tests/tools/ranks/mpi_program.h"

using namespace seqrl;
namespace fs = std::filesystem;

namespace {

// A process's initial environment variables, as KEY=VALUE.
std::optional<std::string> variable_of(const fs::path& process, const std::string& key) {
  std::ifstream file(process / "environ", std::ios::binary);
  const std::string all{std::istreambuf_iterator<char>(file), {}};
  const std::size_t at = ('\0' + all).find('\0' + key + '=');
  if (at == std::string::npos) return std::nullopt;
  return all.substr(at + key.size() + 1, all.find('\0', at) - at - key.size() - 1);
}

// A job of several ranks in its own folder that ends only through a signal.
class RankJob {
 public:
  static constexpr int kRanks = 3;

  RankJob(const TemporaryFolder& folder, const std::string& environment) : folder_(folder) {
    const std::string program = SEQRL_PROGRAM;
    process_.emplace(
        std::vector<std::string>{
            "sh", "-c",
            fmt::format(
                "cd '{}' && SEQRL_TEST_JOB='{}' {} {} exec {} -np {} '{}' train run.yaml {} "
                "training.steps=1000000 2>err.txt",
                folder.path().string(), folder.path().string(), kLaunch, environment, SEQRL_MPIRUN,
                kRanks, program, kSettings)},
        Process::Options{});
  }

  static inline const std::string kSettings =
      "env=hopper device=cpu dataset.path=data.hdf5 output=run backbone.dim=16 backbone.layers=1 "
      "training.batch=6 training.shards=3 training.context=4 training.warmup=2 "
      "training.log_every=1 "
      "training.checkpoint_every=3 evaluation.every=1000000 evaluation.episodes=1 "
      "evaluation.targets=[100]";

  // Returns when the run has made some more steps; false if it did not.
  bool has_moved() {
    const auto size = [this] {
      std::error_code none;
      const auto bytes = fs::file_size(folder_ / "run/metrics.jsonl", none);
      return none ? 0 : bytes;
    };
    const auto before = size();
    return soon([&] { return size() > before; });
  }

  // Sends a signal to a rank.
  void send(int signal, int rank) const {
    for (const fs::path& process : processes()) {
      std::optional<std::string> number = variable_of(process, "OMPI_COMM_WORLD_RANK");
      if (!number) number = variable_of(process, "PMI_RANK");
      if (number == std::to_string(rank)) ::kill(std::stoi(process.filename()), signal);
    }
  }

  // Its exit status, once it and all of its processes have ended. Processes killed by mpirun may
  // end slightly later than mpirun.
  std::optional<int> ended() {
    std::optional<int> status;
    soon([&] { return (status = process_->poll()).has_value(); });
    return soon([&] { return processes().empty(); }) ? status : std::nullopt;
  }
  std::string errors() const { return read_file(folder_ / "err.txt"); }

 private:
  // Its processes that have not ended, in /proc.
  std::vector<fs::path> processes() const {
    std::vector<fs::path> found;
    for (const auto& entry : fs::directory_iterator("/proc")) {
      const std::string name = entry.path().filename().string();
      if (name.find_first_not_of("0123456789") != std::string::npos) continue;
      if (variable_of(entry.path(), "SEQRL_TEST_JOB") == folder_.path().string()) {
        found.push_back(entry.path());
      }
    }
    return found;
  }

  // Waits for a condition, for a minute at most.
  static bool soon(const std::function<bool()>& happens) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::minutes(1);
    while (!happens()) {
      if (std::chrono::steady_clock::now() > end) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return true;
  }

  const TemporaryFolder& folder_;
  std::optional<Process> process_;
};

// A folder with a dataset.
struct JobFolder : TemporaryFolder {
  JobFolder() {
    REQUIRE(seqrl_in(*this, "collect env=hopper transitions=300 output=data.hdf5").status == 0);
    write_file_atomically(*this / "run.yaml", "seed: 3\n");
  }
};

std::int64_t steps_of(const fs::path& run) {
  return CheckpointReader(run / "checkpoints/last.safetensors").number<std::int64_t>("step");
}

// The interrupted run in the folder resumes and ends with the bytes of an uninterrupted one.
void check_goes_on(const JobFolder& folder, const std::string& how) {
  const std::int64_t steps = steps_of(folder / "run") + 5;
  const std::string arguments = fmt::format("train --resume run training.steps={}", steps);
  const Ran ran = how.empty() ? seqrl_in(folder, arguments)
                              : mpirun_in(folder.path(), how + " seqrl " + arguments);
  INFO(ran.err);
  REQUIRE(ran.status == 0);
  const std::string after = bytes_of_run(folder / "run");
  fs::rename(folder / "run", folder / "broken");
  REQUIRE(seqrl_in(folder,
                   fmt::format("train run.yaml {} training.steps={}", RankJob::kSettings, steps))
              .status == 0);
  CHECK(bytes_of_run(folder / "run") == after);
  fs::remove_all(folder / "run");
  fs::remove_all(folder / "broken");
}

bool launched_by_mpich() {
  const std::string command = std::string(SEQRL_MPIRUN) + " --version 2>&1 | grep -q HYDRA";
  return std::system(command.c_str()) == 0;
}

// Checks that a job ends with a failure, and with one line about a rank and how to continue.
void check_ends(RankJob& job, int rank, const std::string& what, bool may_say_nothing = false) {
  const std::optional<int> status = job.ended();
  const std::string errors = job.errors();
  INFO(errors);
  REQUIRE(status);
  CHECK(*status != 0);
  const std::vector<std::string> lines = lines_of_program(errors);
  if (may_say_nothing && lines.empty()) return;
  REQUIRE(lines.size() == 1);
  CHECK_THAT(lines[0], Catch::Contains(fmt::format("rank {} of {}", rank, RankJob::kRanks)) &&
                           Catch::Contains(what) && Catch::Contains("seqrl train --resume run"));
}

// Interrupts a job by a signal to one rank, and checks how it ends.
void check_fault(const JobFolder& folder, int signal, int rank) {
  INFO("signal " << signal << " to rank " << rank);
  RankJob job(folder, "SEQRL_RANK_TIMEOUT=2");
  REQUIRE(job.has_moved());
  REQUIRE(job.has_moved());
  job.send(signal, rank);
  // MPICH's launcher may also kill the other ranks and report it before they notice.
  check_ends(job, rank, signal == SIGSTOP ? "has not answered" : "has ended",
             signal == SIGKILL && launched_by_mpich());
}

}  // namespace

TEST_CASE("a killed rank ends the job with one line, and the run can be resumed") {
  SEQRL_NEEDS_MPI;
  const JobFolder folder;
  check_fault(folder, SIGKILL, 2);
  check_goes_on(folder, "-np 2");
}

TEST_CASE("an unresponsive rank ends the job with one line, and the run can be resumed") {
  SEQRL_NEEDS_MPI;
  const JobFolder folder;
  check_fault(folder, SIGSTOP, 1);
  check_goes_on(folder, "");
}

TEST_CASE("an unresponsive rank 0 ends the job with one line, and the run can be resumed") {
  SEQRL_NEEDS_MPI;
  const JobFolder folder;
  check_fault(folder, SIGSTOP, 0);
  check_goes_on(folder, "");
}

#ifdef SEQRL_HANGING_MPI
TEST_CASE("a rank that waits in MPI for a stopped rank ends the job with one line") {
  SEQRL_NEEDS_MPI;
  const JobFolder folder;
  RankJob job(folder, fmt::format("SEQRL_RANK_TIMEOUT=2 LD_PRELOAD='{}' SEQRL_TEST_HANGS='{}'",
                                  SEQRL_HANGING_MPI, (folder / "hangs").string()));
  REQUIRE(job.has_moved());
  REQUIRE(job.has_moved());
  job.send(SIGSTOP, 0);
  write_file_atomically(folder / "hangs", "");
  check_ends(job, 0, "has not answered");
}
#endif

TEST_CASE("a request to stop sent to any rank makes all ranks save and end") {
  SEQRL_NEEDS_MPI;
  const JobFolder folder;
  RankJob job(folder, "");
  REQUIRE(job.has_moved());
  job.send(SIGUSR1, 1);
  REQUIRE(job.ended() == 1);
  const std::string errors = job.errors();
  INFO(errors);
  const std::string begin = "stopped after ";
  const std::size_t at = errors.find(begin);
  REQUIRE(at != std::string::npos);
  CHECK(errors.find(begin, at + 1) == std::string::npos);
  CHECK_THAT(errors, Catch::Contains("mpirun -np 3 seqrl train --resume run"));
  // No completed work is lost.
  CHECK(std::stoll(errors.substr(at + begin.size())) == steps_of(folder / "run"));
  check_goes_on(folder, "-np 3");
}

TEST_CASE("ranks killed and stopped at random lose nothing", "[.][torture]") {
  SEQRL_NEEDS_MPI;
  constexpr int kTrials = 60;
  const JobFolder folder;
  for (int trial = 0; trial < kTrials; ++trial) {
    Random random(17, Purpose::test, static_cast<std::uint64_t>(trial));
    const int rank = static_cast<int>(random.below(RankJob::kRanks));
    check_fault(folder, random.below(2) == 0 ? SIGKILL : SIGSTOP, rank);
    check_goes_on(folder, trial % 2 == 0 ? "" : "-np 2");
    std::cout << "trial " << trial << " done\n";
  }
}
