#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>

#include "configs/base/error.h"
#include "configs/base/files.h"
#include "configs/base/hash.h"
#include "configs/base/machine.h"
#include "configs/base/printable.h"
#include "configs/base/shell.h"
#include "configs/base/staging.h"
#include "tools/commands/commands.h"
#include "tools/commands/interrupt.h"
#include "tools/ranks/with_ranks.h"
#include "tools/sweep/plan.h"
#include "tools/sweep/runner.h"
#include "tools/sweep/slurm.h"

namespace seqrl::tools {
namespace {

namespace fs = std::filesystem;
using Kind = RunEnd::Kind;

struct SweepCommand {
  std::string path;
  std::vector<std::string> overrides;
  bool print = false, slurm = false, no_wait = false;
};

void print_commands(const Sweep& sweep) {
  for (const SweepRun& run : sweep.runs) {
    if (run.state != SweepRun::State::done) std::cout << shell_command(run) << "\n";
  }
}

int submit(const Sweep& sweep, const SweepCommand& command) {
  const SlurmArray array = SlurmArray::of(sweep, command.path, command.overrides);
  if (array.tasks == 0) {
    std::cout << fmt::format("{} runs: all done before\n", sweep.runs.size());
    return 0;
  }
  const std::string script = array.script(fs::read_symlink("/proc/self/exe").string());
  if (command.print) {
    std::cout << script;
    return 0;
  }
  const std::string job = submit_to_slurm(script);
  std::string arguments = shell_quoted(command.path);
  for (const std::string& text : command.overrides) arguments += " " + shell_quoted(text);
  std::cout << fmt::format(
      "job {}: an array of {} tasks, with their output in slurm-{}_TASK.out. To see its state:\n  "
      "squeue --jobs={}\n  seqrl info {}\n",
      job, array.tasks, job, job, arguments);
  return 0;
}

// Rejects ranks that would train different runs, or use folders that the other ranks do not see.
void require_same_sweep(const Sweep& sweep, Communicator& ranks) {
  if (ranks.is_alone()) return;
  Hash64 hash;
  for (const SweepRun& run : sweep.runs) {
    hash.add(std::span<const char>(run.config));
    for (const std::string& setting : run.settings) hash.add(std::span<const char>(setting));
  }
  ranks.require_same("sweep", fmt::format("{} runs ({:016x})", sweep.runs.size(), hash.result()),
                     "give all ranks the same sweep");
  if (sweep.runs.empty()) return;
  const fs::path above = fs::absolute(sweep.runs.front().folder).parent_path();
  std::optional<Staging> seen_by_all;
  if (ranks.is_first()) {
    make_folder(above);
    seen_by_all.emplace(above / "sweep", Staging::Kind::file);
  }
  const std::string path =
      ranks.text_of_first(seen_by_all ? seen_by_all->path().filename().string() : "");
  const bool blind = !fs::exists(above / path);
  SEQRL_REQUIRE(!ranks.any(blind),
                "{}: not every rank sees this folder as rank 0 does; put 'output' on a file system "
                "that all machines share",
                above.string());
}

int report(const Sweep& sweep, const SweepOutcome& outcome) {
  for (const RunEnd& end : outcome.ends) {
    if (end.kind == Kind::failed) {
      std::cerr << "seqrl: failed: " << printable(end.problem) << "\n";
    }
  }
  const std::size_t others = outcome.count(Kind::by_others), failed = outcome.count(Kind::failed),
                    held = outcome.count(Kind::held);
  std::cout << fmt::format(
      "{} runs: {} done now, {} before, {}{} failed, {} left{}\n", sweep.runs.size(),
      outcome.count(Kind::done), outcome.count(Kind::before),
      others > 0 ? fmt::format("{} by other processes, ", others) : "", failed,
      outcome.count(Kind::left) + held,
      held > 0 ? fmt::format(", {} of which other processes are training", held) : "");
  return outcome.interrupted || failed > 0 ? 1 : 0;
}

int run_on(Ranks& ranks, const SweepCommand& command) {
  Communicator& all = ranks.communicator();
  const Sweep sweep = plan_sweep(command.path, command.overrides);
  if (command.slurm) return all.is_first() ? submit(sweep, command) : 0;
  if (command.print) {
    print_commands(sweep);
    return 0;
  }
  ranks.set_advice("the same command resumes the sweep");
  require_same_sweep(sweep, all);
  const double begin =
      all.is_alone() ? part_of_slurm_array() : static_cast<double>(all.rank()) / all.ranks();
  // Ranks of one machine share its GPUs.
  const auto hosts = all.all_texts(ProcessAddress::of_this_process().host);
  const auto mine = hosts.begin() + all.rank();
  const auto before = std::count(hosts.begin(), mine, *mine),
             here = std::count(hosts.begin(), hosts.end(), *mine);
  SweepOutcome outcome = run_sweep(
      sweep,
      {.threads = all.is_alone() ? processors_of_slurm_task() : all.threads(),
       .begin = begin,
       .gpus = gpus_of_process(std::getenv("CUDA_VISIBLE_DEVICES"), static_cast<int>(before),
                               static_cast<int>(here), sweep.config.jobs),
       .wait = !command.no_wait},
      [&] { return interrupted() || all.stop_asked(); },
      [](const std::string& line) { std::cerr << printable(line) << "\n"; });
  for (const std::string& text : all.all_texts(outcome.text())) {
    outcome.merge(SweepOutcome::from_text(text));
  }
  return report(sweep, outcome);
}

int run_sweep_command(const SweepCommand& command) {
  catch_interrupts();
  outlive_readers();
  return with_ranks(interrupted, [&](Ranks& ranks) { return run_on(ranks, command); });
}

}  // namespace

Command sweep_command() {
  const auto given = std::make_shared<SweepCommand>();
  return {
      .name = "sweep",
      .help = "train a grid of settings and seeds, or the rest of it",
      .arguments = {required("SWEEP.yaml", &given->path, "config, grid, seeds, output, jobs"),
                    {"key=value", &given->overrides,
                     "the sweep's own keys, such as jobs=4; others are settings of every run"},
                    {"--print", &given->print,
                     "print a 'seqrl train' command for each remaining run, and run nothing"},
                    {"--slurm", &given->slurm,
                     "submit an array of Slurm jobs that share the runs: jobs=N, or one per run; "
                     "with --print, print its script"},
                    {"--no-wait", &given->no_wait,
                     "exit when other processes train all remaining runs, instead of waiting to "
                     "take over runs that they abandon"}},
      .examples = {"seqrl sweep configs/sweeps/reference.yaml jobs=2",
                   "seqrl sweep configs/sweeps/reference.yaml seeds=[1,2,3] --print",
                   "mpirun --hostfile hosts seqrl sweep configs/sweeps/reference.yaml",
                   "seqrl sweep configs/sweeps/reference.yaml jobs=8 --slurm"},
      .run = [given] { return run_sweep_command(*given); },
  };
}

}  // namespace seqrl::tools
