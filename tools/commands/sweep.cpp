#include <fmt/format.h>

#include <iostream>
#include <memory>

#include "configs/base/error.h"
#include "configs/base/printable.h"
#include "tools/commands/commands.h"
#include "tools/commands/interrupt.h"
#include "tools/ranks/launcher.h"
#include "tools/sweep/plan.h"
#include "tools/sweep/runner.h"

namespace seqrl::tools {
namespace {

struct SweepCommand {
  std::string path;
  std::vector<std::string> overrides;
  bool print = false;
};

int run_sweep_command(const SweepCommand& command) {
  if (const auto launch = find_launch()) {
    if (launch->rank != 0) return 2;  // the first says it
    reject(
        "{} has started {} of it, and a sweep is one process, which starts its runs itself: leave "
        "{} out and set jobs={}",
        launch->launcher, launch->ranks, launch->launcher, launch->ranks);
  }
  const Sweep sweep = plan_sweep(command.path, command.overrides);
  if (command.print) {
    for (const SweepRun& run : sweep.runs) {
      if (run.state != SweepRun::State::done) std::cout << shell_command(run) << "\n";
    }
    return 0;
  }
  catch_interrupts();
  outlive_readers();
  const SweepOutcome outcome = run_sweep(
      sweep, interrupted, [](const std::string& line) { std::cerr << printable(line) << "\n"; });
  for (const std::string& line : outcome.failed)
    std::cerr << "seqrl: failed: " << printable(line) << "\n";
  std::cout << fmt::format(
      "{} runs: {} done now, {} before, {} failed, {} left\n", sweep.runs.size(), outcome.done,
      outcome.skipped, outcome.failed.size(),
      sweep.runs.size() - outcome.done - outcome.skipped - outcome.failed.size());
  return outcome.interrupted || !outcome.failed.empty() ? 1 : 0;
}

}  // namespace

Command sweep_command() {
  const auto given = std::make_shared<SweepCommand>();
  return {
      .name = "sweep",
      .help = "train a grid of settings and seeds, or what is left of it",
      .arguments = {required("SWEEP.yaml", &given->path, "config, grid, seeds, output, jobs"),
                    {"key=value", &given->overrides,
                     "the sweep's own keys, such as jobs=4; others are settings of every run"},
                    {"--print", &given->print,
                     "print a 'seqrl train' command for each run that is left, and run nothing"}},
      .examples = {"seqrl sweep configs/sweeps/reference.yaml jobs=2",
                   "seqrl sweep configs/sweeps/reference.yaml seeds=[1,2,3] --print"},
      .run = [given] { return run_sweep_command(*given); },
  };
}

}  // namespace seqrl::tools
