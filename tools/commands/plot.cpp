#include <filesystem>
#include <iostream>
#include <memory>
#include <string>

#include "agents/config/run_files.h"
#include "configs/base/error.h"
#include "configs/base/printable.h"
#include "configs/schema/config.h"
#include "tools/commands/agent_arguments.h"
#include "tools/commands/arguments.h"
#include "tools/commands/commands.h"
#include "tools/commands/figure_output.h"
#include "tools/commands/interrupt.h"
#include "tools/commands/output.h"
#include "tools/paper/results.h"
#include "tools/reports/curves.h"
#include "tools/work_display.h"

namespace seqrl::tools {
namespace {

namespace fs = std::filesystem;

fs::path default_folder(const std::vector<RunGroup>& groups) {
  const bool single = groups.size() == 1 && groups.front().runs.size() == 1;
  return single ? RunFiles(groups.front().runs.front().path).plots() : fs::path("plots");
}

int run_plot(const std::vector<std::string>& arguments) {
  auto [runs, settings] = split_arguments(arguments);
  load_given_plugins(settings);
  accept_target(settings);
  const auto config = read_config_text<PlotConfig>("{}", "seqrl plot", settings);
  SEQRL_REQUIRE(!runs.empty(),
                "plot: no runs given; give their folders, or a folder that contains them");
  const std::vector<RunGroup> groups = group_runs(read_runs_or_results(runs));
  catch_interrupts();
  const Figures made = with_progress("play", interrupted, [&](const auto& monitor) {
    return make_figures(groups, config, monitor);
  });
  const std::vector<Figure>& figures = made.figures;
  if (interrupted()) return report_interruption("no figure was written");
  print_notes(made.notes);
  SEQRL_REQUIRE(!figures.empty(), "these runs have nothing to plot yet");
  const fs::path folder = config.output.empty() ? default_folder(groups) : fs::path(config.output);
  print_and_draw(figures, folder);
  for (const Figure& figure : figures) {
    std::cout << printable((folder / (figure.name + ".svg")).string()) << "\n"
              << printable((folder / (figure.name + ".png")).string()) << "\n";
  }
  return 0;
}

}  // namespace

Command plot_command() {
  const auto given = std::make_shared<std::vector<std::string>>();
  return {
      .name = "plot",
      .help = "plot learning curves, and returns against target returns",
      .arguments = {required("RUN... key=value", given.get(),
                             "runs, folders of runs or patterns; then output=FOLDER "
                             "figures=[loss,score,targets,critic_loss] targets=[1000,2000] "
                             "episodes=10 checkpoint=best mode=stream threads=0, " +
                                 std::string(kPluginsHelp))},
      .examples = {"seqrl plot runs/hopper-min_gru-1 figures=[targets] episodes=20",
                   "seqrl plot 'runs/hopper-*' output=plots"},
      .run = [given] { return run_plot(*given); },
  };
}

}  // namespace seqrl::tools
