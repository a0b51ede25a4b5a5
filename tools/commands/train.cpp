#include <unistd.h>

#include <fmt/format.h>

#include <iostream>
#include <optional>

#include "agents/training_run.h"
#include "configs/config.h"
#include "tools/commands/commands.h"
#include "tools/progress.h"

namespace seqrl {

int run_train(const TrainCommand& command) {
  const auto begin = [&] {
    if (!command.resume.empty()) return TrainingRun::resume(command.resume, command.overrides);
    std::vector<std::string> notes;
    auto config = read_config<RunConfig>(command.config, command.overrides, &notes);
    for (const std::string& note : notes) std::cerr << "seqrl: note: " << note << "\n";
    return TrainingRun::begin(std::move(config));
  };
  catch_interrupts();
  TrainingRun run = begin();
  const std::int64_t steps = run.config().training.steps;
  bool finished = false;
  {
    Progress progress(std::cerr, terminal_of(STDERR_FILENO), "train", run.step(), steps);
    finished =
        run.run({.stop = interrupted,
                 .stepped = [&](std::int64_t step, double loss) { progress.update(step, loss); },
                 .said = [&](const std::string& line) { progress.print(line); }});
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

}  // namespace seqrl
