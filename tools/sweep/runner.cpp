#include "tools/sweep/runner.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <memory>
#include <thread>

#include "configs/base/error.h"
#include "configs/base/files.h"
#include "configs/base/process.h"
#include "configs/base/stopwatch.h"
#include "configs/base/thread_pool.h"
#include "tools/progress.h"

namespace seqrl::tools {
namespace {

namespace fs = std::filesystem;

struct Job {
  const SweepRun* run;
  std::unique_ptr<Process> process;
  Stopwatch watch;  // since it started
};

fs::path log_of(const SweepRun& run) {
  return run.folder / "output.txt";
}

bool says_threads(const std::string& setting) {
  return setting.starts_with("training.threads=");
}

std::unique_ptr<Process> start(const Sweep& sweep, const SweepRun& run) {
  make_folder(run.folder);
  std::vector<std::string> arguments = train_arguments(run);
  arguments.insert(arguments.begin(), "/proc/self/exe");
  // Threads change how fast a run is, not what it learns.
  if (sweep.config.jobs > 1 && std::ranges::none_of(run.settings, says_threads)) {
    const std::int64_t threads =
        std::max<std::int64_t>(1, available_processors() / sweep.config.jobs);
    arguments.push_back(fmt::format("training.threads={}", threads));
  }
  return std::make_unique<Process>(arguments,
                                   Process::Options{.output = log_of(run), .own_group = true});
}

}  // namespace

SweepOutcome run_sweep(const Sweep& sweep, const std::function<bool()>& stop,
                       const std::function<void(const std::string& line)>& on_message) {
  SweepOutcome outcome;
  std::vector<const SweepRun*> waiting;
  for (const SweepRun& run : sweep.runs) {
    if (run.state == SweepRun::State::done) {
      ++outcome.skipped;
    } else {
      waiting.push_back(&run);
    }
  }
  std::ranges::reverse(waiting);
  const std::size_t total = waiting.size();
  std::vector<Job> jobs;
  const auto say = [&](const SweepRun& run, const std::string& what) {
    const std::size_t ended = outcome.done + outcome.failed.size();
    on_message(fmt::format("[{}/{}] {}: {}", ended, total, run.folder.string(), what));
  };
  const auto begin_next = [&] {
    const SweepRun* run = waiting.back();
    waiting.pop_back();
    try {
      jobs.push_back({run, start(sweep, *run), {}});
      say(*run, run->state == SweepRun::State::begun ? "resumed" : "started");
    } catch (const Error& error) {
      outcome.failed.push_back(run->folder.string() + ": " + error.what());
      say(*run, error.what());
    }
  };
  const auto end = [&](const Job& job, int status) {
    if (status == 0) {
      ++outcome.done;
      say(*job.run, "done in " + duration_text(job.watch.seconds()));
    } else if (outcome.interrupted) {
      on_message(job.run->folder.string() + ": stopped; the same command goes on with it");
    } else {
      outcome.failed.push_back(fmt::format("{}: exit status {}: {} (all it said: {})",
                                           job.run->folder.string(), status,
                                           last_line(log_of(*job.run)), log_of(*job.run).string()));
      say(*job.run, fmt::format("failed with exit status {}", status));
    }
  };

  while (!jobs.empty() || (!waiting.empty() && !outcome.interrupted)) {
    if (stop() && !outcome.interrupted) {
      outcome.interrupted = true;
      for (Job& job : jobs) job.process->signal(SIGINT);
    }
    const auto free_jobs = static_cast<std::size_t>(sweep.config.jobs);
    while (!outcome.interrupted && jobs.size() < free_jobs && !waiting.empty()) begin_next();
    std::erase_if(jobs, [&](Job& job) {
      const std::optional<int> status = job.process->poll();
      if (status) end(job, *status);
      return status.has_value();
    });
    if (!jobs.empty()) std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  return outcome;
}

}  // namespace seqrl::tools
