#include "tools/commands/dry_run.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <memory>
#include <vector>

#include "agents/config/run_files.h"
#include "agents/datasets/minari.h"
#include "agents/learning/env_of_run.h"
#include "agents/learning/learner_kind.h"
#include "agents/runs/run_name.h"
#include "configs/base/memory.h"
#include "configs/base/printable.h"
#include "configs/base/shell.h"
#include "configs/base/stopwatch.h"
#include "configs/schema/config.h"
#include "tools/bench/bench.h"
#include "tools/commands/output.h"
#include "tools/progress.h"

namespace seqrl::tools {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kIdleSteps = 64;  // steps in which an agent does not learn
constexpr std::int64_t kWarm = 2, kFewest = 5, kMost = 50;
constexpr double kSeconds = 2;

bool has_data(const RunConfig& config) {
  std::error_code ignored;
  const std::vector<std::string>& paths = config.dataset.path.all();
  return !paths.empty() && std::ranges::all_of(paths, [&](const std::string& path) {
    return fs::exists(path, ignored) || find_minari(path);
  });
}

// The config to measure: the same work per step as the run, from the first steps on.
RunConfig measured(RunConfig config) {
  const LearnerKind& kind = learner_kind(config);
  if (kind.idle_steps(config) == 0) return config;
  kind.limit_idle_steps(config, kIdleSteps);
  config.training.steps = std::max(config.training.steps, kind.idle_steps(config) + kWarm + kMost);
  return config;
}

std::unique_ptr<Learner> make(const RunConfig& config, ThreadPool& pool) {
  // Without an environment only the data defines the sizes; missing data is an error.
  const bool needs_no_other = !learns_from_data(config) || has_data(config) || !config.has_env();
  if (needs_no_other) return learner_kind(config).make(config, pool);
  return learner_kind(config).make(config, bench::random_trajectories(bench::bench_spec(config)),
                                   pool);
}

// Seconds per step, the median of a few steps.
double seconds_a_step(const RunConfig& config, Learner& learner) {
  std::int64_t step = 0;
  const auto run_step = [&] {
    const Stopwatch watch;
    learner.step(step++);
    learner.wait();
    return watch.seconds();
  };
  const std::int64_t warm = kWarm + learner_kind(config).idle_steps(config);
  while (step < warm) run_step();
  std::vector<double> seconds;
  double total = 0;
  for (std::int64_t i = 0; i < kMost && (i < kFewest || total < kSeconds); ++i) {
    seconds.push_back(run_step());
    total += seconds.back();
  }
  return bench::percentile(seconds, 50);
}

// The peak memory of this process so far, in bytes.
double peak_memory() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) * 1024;
}

// The memory that the run will need. Unknown before a task's data are generated.
std::string memory_text(const RunConfig& config) {
  const std::string so_far =
      fmt::format("the program used {} for these steps", shown_bytes(peak_memory()));
  if (config.trains_task()) return so_far;
  const RunMemory memory = learner_kind(config).memory(config);
  std::string text = fmt::format("about {}; {}", to_text(memory), so_far);
  if (memory.replay > 0) text += fmt::format("; on disk {}", shown_bytes(memory.replay));
  return text;
}

}  // namespace

int dry_run(RunConfig config) {
  const Device device = learning_device(config);  // or throws an Error
  config.device = name_of(device);
  const bool named = !config.output.empty();
  std::vector<std::string> notes;
  choose_env(config, notes);
  print_notes(notes);
  config.resolve();
  if (!named) config.output = distinct_folder(config.output, print_config(config));
  require_memory(config);
  const RunConfig work = measured(config);
  ThreadPool pool(config.training.threads);
  const std::unique_ptr<Learner> learner = make(work, pool);
  const double seconds = seconds_a_step(work, *learner);
  std::string source = printable(learner->source());
  if (learns_from_data(config) && !has_data(config)) {
    source = config.dataset.path.empty() ? "no dataset.path given"
                                         : "there is no " + printable(config.dataset.path.text());
    source += ": random experience is used instead";
  }
  std::cout << print_config(config)
            << fmt::format(
                   "# parameters  {}\n# learns from {}\n# device      {}, {} threads\n"
                   "# memory      {}\n"
                   "# a step      {:.3g} ms; {} take {} without evaluations\n"
                   "# nothing was written; the run's folder would be {}{}\n",
                   learner->parameters(), source, config.device, pool.threads(),
                   memory_text(config), seconds * 1e3, config.training.steps,
                   duration_text(seconds * static_cast<double>(config.training.steps)),
                   shell_quoted(config.output),
                   fs::exists(RunFiles(config.output).config()) ? ", which already contains a run"
                                                                : "");
  return 0;
}

}  // namespace seqrl::tools
