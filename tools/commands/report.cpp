#include <algorithm>
#include <filesystem>
#include <iostream>
#include <memory>
#include <string>

#include "agents/config/run_files.h"
#include "configs/base/error.h"
#include "configs/base/files.h"
#include "configs/base/printable.h"
#include "configs/base/shell.h"
#include "configs/schema/config.h"
#include "tools/commands/agent_arguments.h"
#include "tools/commands/arguments.h"
#include "tools/commands/commands.h"
#include "tools/commands/interrupt.h"
#include "tools/commands/output.h"
#include "tools/process.h"
#include "tools/reports/curves.h"
#include "tools/reports/drawing.h"
#include "tools/reports/html_report.h"
#include "tools/work_display.h"

namespace seqrl::tools {
namespace {

namespace fs = std::filesystem;

// Draws what there is of the run into its folder plots, and takes it into the report.
void add_pictures(const PlotConfig& config, Report& report) {
  const std::vector<RunGroup> groups = group_runs({report.run});
  const fs::path folder =
      config.output.empty() ? RunFiles(report.run.path).plots() : fs::path(config.output);
  const Figures made = with_progress("play", interrupted, [&](const auto& monitor) {
    return make_figures(groups, config, monitor);
  });
  report.notes = made.notes;
  write_csv(made.figures, folder);
  try {
    with_progress("draw", interrupted,
                  [&](const auto& monitor) { draw_all(made.figures, folder, monitor); });
    for (const Figure& figure : made.figures) {
      report.pictures.push_back(
          {figure.title + ": " + figure.y_label, read_file(folder / (figure.name + ".svg"))});
    }
  } catch (const ProgramMissing& error) {
    report.notes.push_back(std::string("curves: ") + error.what());
  }
}

void add_videos(Report& report) {
  for (const auto& entry : fs::directory_iterator(report.run.path)) {
    if (entry.path().extension() == ".mp4") report.videos.push_back(entry.path());
  }
  std::ranges::sort(report.videos);
  if (report.videos.empty()) {
    report.notes.push_back("video: none yet; seqrl render " +
                           shell_quoted(report.run.path.string()) +
                           " makes one, where MuJoCo simulates the environment");
  }
}

int run_report(const std::string& folder, std::vector<std::string> settings) {
  load_given_plugins(settings);
  accept_target(settings);
  const auto config = read_config_text<PlotConfig>("{}", "seqrl report", settings);
  SEQRL_REQUIRE(fs::is_regular_file(RunFiles(folder).config()),
                "{}: no run's folder: it has no config.yaml", folder);
  const RunFolder run = read_run(folder);
  catch_interrupts();
  Report report{run, {}, {}, {}};
  add_pictures(config, report);
  if (interrupted()) return report_interruption("no report was written");
  if (!run.kind("env").empty()) add_videos(report);
  print_notes(report.notes);
  const fs::path page = RunFiles(run.path).report();
  write_file_atomically(page, to_html(report));
  std::cout << printable(page.string()) << "\n";
  return 0;
}

}  // namespace

Command report_command() {
  struct Arguments {
    std::string folder;
    std::vector<std::string> settings;
  };
  const auto given = std::make_shared<Arguments>();
  return {
      .name = "report",
      .help = "a run as one self-contained page, report.html in it",
      .arguments = {required("RUN", &given->folder),
                    {"key=value", &given->settings,
                     "as for plot: figures=[loss,score,targets] targets=[1000,2000] episodes=10 "
                     "checkpoint=best output=FOLDER (of the curves), " +
                         std::string(kPluginsHelp)}},
      .examples = {"seqrl report runs/hopper-min_gru-1 figures=[loss,score]"},
      .run = [given] { return run_report(given->folder, given->settings); },
  };
}

}  // namespace seqrl::tools
