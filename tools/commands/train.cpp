#include <unistd.h>

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <utility>

#include "agents/training_run.h"
#include "configs/config.h"
#include "tools/commands/commands.h"
#include "tools/progress.h"
#include "tools/work_display.h"

namespace seqrl {
namespace {

struct TrainCommand {
  std::vector<std::string> config_and_overrides;
  std::string resume;  // a run's folder
};

TrainingRun open_run(const TrainCommand& command) {
  std::string config_file;
  std::vector<std::string> overrides;
  for (const std::string& argument : command.config_and_overrides) {
    const bool is_setting = argument.find('=') != std::string::npos;
    if (!is_setting && config_file.empty() && overrides.empty()) {
      config_file = argument;
    } else {
      overrides.push_back(argument);
    }
  }
  SEQRL_REQUIRE(config_file.empty() != command.resume.empty(),
                "train takes a config or --resume RUN, one of them; see seqrl train --help");
  if (!command.resume.empty()) return TrainingRun::resume(command.resume, overrides);
  std::vector<std::string> notes;
  auto config = read_config<RunConfig>(config_file, overrides, &notes);
  for (const std::string& note : notes) std::cerr << "seqrl: note: " << note << "\n";
  return TrainingRun::begin(std::move(config));
}

int run_train(const TrainCommand& command) {
  catch_interrupts();
  TrainingRun run = open_run(command);
  const std::int64_t steps = run.config().training.steps;
  bool finished = false;
  {
    const Terminal terminal = terminal_of(STDERR_FILENO);
    Progress progress(std::cerr, terminal, "train", run.step(), steps,
                      [&] { return run.training_seconds(); });
    WorkDisplay evaluation(std::cerr, terminal, "evaluate");
    finished =
        run.run({.stop = interrupted,
                 .stepped = [&](std::int64_t step, double loss) { progress.update(step, loss); },
                 .said = [&](const std::string& line) { progress.print(line); },
                 .evaluating = [&](const WorkProgress& work) { evaluation.show(work); }});
    if (finished) progress.finish();
  }
  if (!finished) {
    std::cerr << fmt::format(
        "stopped after {} of {} steps; everything is saved. Go on with\n  seqrl train --resume "
        "{}\n",
        run.step(), steps, run.folder().string());
    return 1;
  }
  std::cout << run.folder().string() << "\n";
  return 0;
}

}  // namespace

Command add_train(CLI::App& program) {
  const auto command = std::make_shared<TrainCommand>();
  CLI::App* app = program.add_subcommand("train", "train; a run's folder appears");
  app->add_option("CONFIG key=value", command->config_and_overrides,
                  "a YAML config, then settings that win over it");
  app->add_option("--resume", command->resume, "go on with the run in this folder")
      ->type_name("RUN");
  return {app, [command] { return run_train(*command); }};
}

}  // namespace seqrl
