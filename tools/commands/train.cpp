#include <unistd.h>

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <memory>
#include <utility>

#include "agents/config/run_files.h"
#include "agents/runs/run_start.h"
#include "agents/runs/training_run.h"
#include "configs/base/printable.h"
#include "configs/base/shell.h"
#include "configs/base/text.h"
#include "configs/schema/config.h"
#include "configs/schema/plugin.h"
#include "tools/commands/arguments.h"
#include "tools/commands/commands.h"
#include "tools/commands/dry_run.h"
#include "tools/commands/interrupt.h"
#include "tools/commands/output.h"
#include "tools/failure.h"
#include "tools/progress.h"
#include "tools/ranks/with_ranks.h"
#include "tools/sweep/plan.h"
#include "tools/work_display.h"

namespace seqrl::tools {
namespace {

struct TrainCommand {
  std::vector<std::string> config_and_overrides;
  std::string resume;  // a run's folder
  bool dry_run = false;
};

// The config that the arguments name with its overrides, or only the overrides.
struct Given {
  std::string config;
  std::vector<std::string> overrides;
};

Given given_by(const TrainCommand& command) {
  Given given;
  for (const std::string& argument : command.config_and_overrides) {
    const bool is_config = given.config.empty() && given.overrides.empty() && !is_setting(argument);
    if (is_config) {
      given.config = argument;
    } else {
      given.overrides.push_back(argument);
    }
  }
  SEQRL_REQUIRE(given.config.empty() != command.resume.empty(),
                "train takes either a config or --resume RUN{}; see seqrl train --help",
                given.overrides.empty()
                    ? ""
                    : fmt::format("; {} is read as a setting: there is no such file",
                                  shown(given.overrides.front())));
  SEQRL_REQUIRE(command.resume.empty() || !command.dry_run,
                "--dry-run describes a new run: give its config instead of --resume");
  SEQRL_REQUIRE(
      !std::filesystem::is_directory(given.config), "{}: a folder, not a config{}", given.config,
      holds_run(given.config)
          ? "; to resume the run in it: seqrl train --resume " + shell_quoted(given.config)
          : "");
  return given;
}

RunConfig read_given(const Given& given) {
  SEQRL_REQUIRE(!is_sweep(given.config), "{}: a sweep, which has several runs; use seqrl sweep {}",
                given.config, shell_quoted(given.config));
  std::vector<std::string> notes;
  auto config = read_config<RunConfig>(given.config, given.overrides, &notes, PluginUse::load);
  print_notes(notes);
  return config;
}

// Names the whole command if a run needs plug-ins that the command line does not allow.
void require_plugins_given(const std::string& run, const std::vector<std::string>& overrides) {
  const std::filesystem::path file = RunFiles(run).config();
  const auto allows = [](const std::string& text) { return text.starts_with("plugins="); };
  if (!std::filesystem::exists(file) || std::ranges::any_of(overrides, allows)) return;
  const auto plugins = read_config<RunConfig>(file, {}, nullptr, PluginUse::describe).plugins;
  if (plugins.empty()) return;
  std::string names, settings;
  for (const std::string& plugin : plugins) {
    if (!names.empty()) names += ", ";
    names += shown(plugin);
  }
  for (const std::string& text : overrides) settings += " " + shell_quoted(text);
  reject(
      "{} {} code, which is not run just because a file names it; if you trust it: seqrl train "
      "--resume {}{} {} (plugins=[] continues without it)",
      names, plugins.size() == 1 ? "is" : "are", shell_quoted(run), settings,
      shell_quoted(plugins_setting(plugins)));
}

std::string command_to_go_on(const TrainingRun& run) {
  RunConfig config = run.config();
  config.output = run.folder().string();  // its current place
  const int ranks = config.ranks->ranks();
  return (ranks > 1 ? fmt::format("mpirun -np {} ", ranks) : "") + resume_command(config);
}

int run_on(Ranks& ranks, const TrainCommand& command) {
  const Given given = given_by(command);
  if (command.dry_run) return dry_run(read_given(given));
  if (!command.resume.empty()) require_plugins_given(command.resume, given.overrides);
  Communicator& all = ranks.communicator();
  TrainingRun run = command.resume.empty()
                        ? TrainingRun::begin(read_given(given), all)
                        : TrainingRun::resume(command.resume, given.overrides, all);
  ranks.set_advice(fmt::format("the run can be resumed from its last checkpoint with {}",
                               command_to_go_on(run)));
  const std::int64_t steps = run.config().training.steps;
  if (const auto taken = status_if_taken(); taken && run.is_finished()) return *taken;
  if (!command.resume.empty() && run.is_finished()) {
    print_note(fmt::format(
        "all {} steps are done: nothing is left to train; training.steps=… trains longer, and "
        "seqrl eval {} measures",
        steps, shell_quoted(command.resume)));
  }
  bool finished = false;
  try {
    const Terminal terminal = terminal_of(STDERR_FILENO);
    Progress progress(std::cerr, terminal, "train", run.step(), steps,
                      [&] { return run.training_seconds(); });
    WorkDisplay evaluation(std::cerr, terminal, "evaluate");
    finished =
        run.run({.stop = [&] { return interrupted() || all.stop_asked(); },
                 .on_step = [&](std::int64_t step, double loss) { progress.update(step, loss); },
                 .on_message = [&](const std::string& line) { progress.print(line); },
                 .on_evaluation = [&](const WorkProgress& work) { evaluation.show(work); }});
    if (finished) progress.finish();
  } catch (const Error& error) {
    const bool taken = dynamic_cast<const RunTaken*>(&error) != nullptr;
    // Ranks print the same advice.
    if (error.kind() != ErrorKind::failure || taken || !all.is_alone()) throw;
    throw Error(error.kind(), fmt::format("{}; {} resumes the run from its last checkpoint",
                                          error.what(), command_to_go_on(run)));
  }
  if (!finished) {
    std::cerr << fmt::format(
        "stopped after {} of {} steps; everything is saved. Resume with\n  {}\n", run.step(), steps,
        command_to_go_on(run));
    return 1;
  }
  std::cout << printable(run.folder().string()) << "\n";
  return 0;
}

int run_train(const TrainCommand& command) {
  catch_interrupts();
  outlive_readers();
  return with_ranks(interrupted, [&](Ranks& ranks) { return run_on(ranks, command); });
}

}  // namespace

Command train_command() {
  const auto given = std::make_shared<TrainCommand>();
  return {
      .name = "train",
      .help = "train an agent or a task from a YAML config",
      .arguments =
          {{"CONFIG key=value", &given->config_and_overrides,
            "a YAML config, then settings that override it"},
           {"--resume", &given->resume, "resume the run in this folder", "RUN"},
           {"--dry-run", &given->dry_run,
            "print the resolved config, its parameters, memory and time per step; write nothing"}},
      .examples = {"seqrl train configs/hopper-medium.yaml dataset.path=hopper_medium-v2.hdf5",
                   "seqrl train configs/hopper-medium.yaml backbone=mamba training.lr=3e-4 "
                   "--dry-run",
                   "seqrl train configs/tasks/selective_copy_short.yaml",
                   "seqrl train --resume runs/hopper-min_gru-1 training.steps=200000"},
      .run = [given] { return run_train(*given); },
  };
}

}  // namespace seqrl::tools
