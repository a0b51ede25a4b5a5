#include "tools/sweep/runner.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>
#include <thread>
#include <utility>

#include "agents/runs/run_owner.h"
#include "configs/base/error.h"
#include "configs/base/files.h"
#include "configs/base/process.h"
#include "configs/base/stopwatch.h"
#include "configs/base/thread_pool.h"
#include "tools/failure.h"
#include "tools/progress.h"

namespace seqrl::tools {
namespace {

namespace fs = std::filesystem;
using Kind = RunEnd::Kind;

constexpr int kTaken = 75;           // EX_TEMPFAIL of sysexits.h
constexpr double kBetweenLooks = 1;  // seconds, for a run that another process trains
constexpr const char* kVisible = "CUDA_VISIBLE_DEVICES";
constexpr auto kPause = std::chrono::milliseconds(50);

fs::path log_of(const SweepRun& run) {
  return run.folder / "output.txt";
}

class Runner {
 public:
  using Say = std::function<void(const std::string& line)>;

  Runner(const Sweep& sweep, const SweepOptions& options, const std::function<bool()>& stop,
         const Say& on_message)
      : sweep_(sweep), options_(options), stop_(stop), on_message_(on_message) {
    for (const SweepRun& run : sweep.runs) {
      const bool done = run.state == SweepRun::State::done;
      outcome_.ends.push_back({.kind = done ? Kind::before : Kind::left});
      if (!done) left_.push_back({.index = outcome_.ends.size() - 1});
    }
    total_ = left_.size();
    const auto first = static_cast<std::ptrdiff_t>(options.begin * static_cast<double>(total_));
    std::ranges::rotate(left_, left_.begin() + std::min(first, std::ssize(left_)));
  }

  SweepOutcome run() {
    for (std::size_t i = 0; i < sweep_.runs.size(); ++i) {
      const SweepRun& run = sweep_.runs[i];
      if (run.state != SweepRun::State::done || run.measured_otherwise.empty()) continue;
      say(i, fmt::format("trained already, and evaluated without {}; seqrl eval measures it again",
                         fmt::join(run.measured_otherwise, " ")));
    }
    while (true) {
      if (!outcome_.interrupted && stop_()) {
        outcome_.interrupted = true;
        for (Job& job : jobs_) job.process->signal(SIGINT);
      }
      if (!outcome_.interrupted) start_what_is_free();
      std::erase_if(jobs_, [&](Job& job) {
        const std::optional<int> status = job.process->poll();
        if (status) end(job, *status);
        return status.has_value();
      });
      if (jobs_.empty() && (outcome_.interrupted || left_.empty())) break;
      if (jobs_.empty() && all_are_held()) {
        if (!options_.wait) break;
        say_waiting();
      }
      std::this_thread::sleep_for(kPause);
    }
    return outcome_;
  }

 private:
  struct Job {
    std::size_t index;
    std::size_t slot;  // below config.jobs, unique among the running jobs
    std::unique_ptr<Process> process;
    Stopwatch watch;  // since it started
  };
  // A run that is neither done nor running here.
  struct Left {
    std::size_t index;
    std::optional<Stopwatch> held = std::nullopt;  // since another process was seen to train it
  };

  const SweepRun& run_of(std::size_t index) const { return sweep_.runs[index]; }

  void say(std::size_t index, const std::string& what) {
    on_message_(fmt::format("[{}/{}] {}: {}", ended_, total_, run_of(index).folder.string(), what));
  }

  // Records and reports how a run has ended.
  void note(std::size_t index, Kind kind, const std::string& what, std::string problem = "") {
    outcome_.ends[index] = {kind, std::move(problem)};
    ++ended_;
    say(index, what);
  }

  bool all_are_held() const {
    return std::ranges::all_of(left_, [](const Left& run) { return run.held.has_value(); });
  }

  void say_waiting() {
    if (std::exchange(said_waiting_, true)) return;
    on_message_(
        fmt::format("[{}/{}] waiting for other processes, which are training the remaining runs",
                    ended_, total_));
  }

  void start_what_is_free() {
    const auto most = static_cast<std::size_t>(sweep_.config.jobs);
    for (std::size_t i = 0; i < left_.size() && jobs_.size() < most;) {
      if (take(left_[i])) {
        left_.erase(left_.begin() + static_cast<std::ptrdiff_t>(i));
      } else {
        ++i;
      }
    }
  }

  // Starts a run, or records that it is done or cannot start; false if another process trains it.
  bool take(Left& left) {
    if (left.held && left.held->seconds() < kBetweenLooks) return false;
    SweepRun run = run_of(left.index);
    try {
      if (owner_of_run(run.folder)) {
        if (!left.held) outcome_.ends[left.index].kind = Kind::held;
        left.held.emplace();
        return false;
      }
      look_again(run);
      if (run.state == SweepRun::State::done) {
        note(left.index, Kind::by_others, "done by another process");
        return true;
      }
      const std::size_t slot = free_slot();
      jobs_.push_back({left.index, slot, start(run, slot), {}});
      outcome_.ends[left.index].kind = Kind::left;
      say(left.index, run.state == SweepRun::State::begun ? "resumed" : "started");
    } catch (const Error& error) {
      note(left.index, Kind::failed, error.what(), run.folder.string() + ": " + error.what());
    }
    return true;
  }

  std::size_t free_slot() const {
    std::size_t slot = 0;
    while (std::ranges::find(jobs_, slot, &Job::slot) != jobs_.end()) ++slot;
    return slot;
  }

  std::unique_ptr<Process> start(const SweepRun& run, std::size_t slot) const {
    make_folder(run.folder);
    std::vector<std::string> arguments = train_arguments(run);
    arguments.insert(arguments.begin(), "/proc/self/exe");
    // The number of threads changes a run's speed, but not its results.
    const bool shared = sweep_.config.jobs > 1 || options_.threads > 0;
    if (shared && run.threads == 0) {
      const int all = options_.threads > 0 ? options_.threads : available_processors();
      arguments.push_back(
          fmt::format("training.threads={}", std::max<std::int64_t>(1, all / sweep_.config.jobs)));
    }
    std::vector<std::string> environment = {"SEQRL_RANKS=off",
                                            fmt::format("{}={}", kStatusIfTaken, kTaken)};
    const bool names_gpu = run.device.find(':') != std::string::npos;  // "cuda:1"
    if (!options_.gpus.empty() && !names_gpu) {
      environment.push_back(
          fmt::format("{}={}", kVisible, options_.gpus[slot % options_.gpus.size()]));
    }
    return std::make_unique<Process>(
        arguments,
        Process::Options{
            .output = log_of(run), .own_group = true, .environment = std::move(environment)});
  }

  void end(const Job& job, int status) {
    const SweepRun& run = run_of(job.index);
    if (status == 0) {
      note(job.index, Kind::done, "done in " + duration_text(job.watch.seconds()));
    } else if (outcome_.interrupted || stop_()) {  // the run may also have been asked to stop
      on_message_(run.folder.string() + ": stopped; the same command resumes it");
    } else if (status == kTaken) {
      say(job.index, "another process is training it");
      left_.push_back({.index = job.index, .held = Stopwatch()});
    } else {
      note(job.index, Kind::failed, fmt::format("failed with exit status {}", status),
           fmt::format("{}: exit status {}: {} (full output: {})", run.folder.string(), status,
                       last_line(log_of(run)), log_of(run).string()));
    }
  }

  const Sweep& sweep_;
  const SweepOptions options_;
  const std::function<bool()>& stop_;
  const Say& on_message_;
  SweepOutcome outcome_;
  std::vector<Left> left_;
  std::vector<Job> jobs_;
  bool said_waiting_ = false;
  std::size_t ended_ = 0, total_ = 0;  // of the runs that were unfinished at the start
};

}  // namespace

std::size_t SweepOutcome::count(RunEnd::Kind kind) const {
  return static_cast<std::size_t>(std::ranges::count(ends, kind, &RunEnd::kind));
}

void SweepOutcome::merge(const SweepOutcome& other) {
  interrupted = interrupted || other.interrupted;
  SEQRL_CHECK(ends.size() == other.ends.size());
  for (std::size_t i = 0; i < ends.size(); ++i) {
    if (other.ends[i].kind > ends[i].kind) ends[i] = other.ends[i];
  }
}

std::string SweepOutcome::text() const {
  nlohmann::json runs = nlohmann::json::array();
  for (const RunEnd& end : ends) runs.push_back({static_cast<int>(end.kind), end.problem});
  return nlohmann::json{interrupted, runs}.dump(-1, ' ', false,
                                                nlohmann::json::error_handler_t::replace);
}

SweepOutcome SweepOutcome::from_text(const std::string& text) {
  const auto json = nlohmann::json::parse(text);
  SweepOutcome outcome{.ends = {}, .interrupted = json[0]};
  for (const auto& run : json[1]) {
    outcome.ends.push_back({static_cast<RunEnd::Kind>(run[0].get<int>()), run[1]});
  }
  return outcome;
}

std::vector<std::string> gpus_of_process(const char* visible, int index, int of,
                                         std::int64_t jobs) {
  std::vector<std::string> all;
  std::istringstream list(visible == nullptr ? "" : visible);
  for (std::string gpu; std::getline(list, gpu, ',');) all.push_back(gpu);
  if (all.size() < 2 || of * jobs < 2) return {};
  const auto count = static_cast<int>(all.size());
  if (count <= of) return {all[static_cast<std::size_t>(index % count)]};
  std::vector<std::string> mine;
  for (int i = index; i < count; i += of) mine.push_back(all[static_cast<std::size_t>(i)]);
  return mine;
}

SweepOutcome run_sweep(const Sweep& sweep, const SweepOptions& options,
                       const std::function<bool()>& stop,
                       const std::function<void(const std::string& line)>& on_message) {
  return Runner(sweep, options, stop, on_message).run();
}

}  // namespace seqrl::tools
