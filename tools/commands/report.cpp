#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <memory>
#include <string>

#include "agents/config/run_files.h"
#include "configs/base/error.h"
#include "configs/base/files.h"
#include "configs/base/printable.h"
#include "configs/base/process.h"
#include "configs/base/shell.h"
#include "configs/schema/config.h"
#include "tools/commands/agent_arguments.h"
#include "tools/commands/arguments.h"
#include "tools/commands/commands.h"
#include "tools/commands/interrupt.h"
#include "tools/commands/output.h"
#include "tools/reports/curves.h"
#include "tools/reports/html_report.h"
#include "tools/video/poster.h"
#include "tools/work_display.h"

namespace seqrl::tools {
namespace {

namespace fs = std::filesystem;

// The videos in a run's folder; a GIF only if there is no MP4 of the same name.
std::vector<fs::path> find_videos(const fs::path& folder) {
  std::vector<fs::path> videos;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const fs::path& path = entry.path();
    const bool alone = !fs::exists(fs::path(path).replace_extension(".mp4"));
    if (path.extension() == ".mp4" || (path.extension() == ".gif" && alone)) videos.push_back(path);
  }
  std::ranges::sort(videos);
  return videos;
}

// A video may have no poster.
std::string poster_or_none(const fs::path& video, std::vector<std::string>& notes) {
  if (video.extension() != ".mp4") return "";
  try {
    return poster_of(video);
  } catch (const Error& error) {
    notes.push_back(fmt::format("no poster frame for {}: {}", video.string(), error.what()));
    return "";
  }
}

void add_videos(Report& report) {
  for (const RunFolder& run : report.runs) {
    if (run.kind("env").empty()) continue;
    const std::vector<fs::path> videos = find_videos(run.path);
    for (const fs::path& video : videos) {
      const std::string of = report.runs.size() > 1 ? run.path.string() + ": " : "";
      report.videos.push_back(
          {video, of + video.filename().string(), poster_or_none(video, report.notes)});
    }
    if (videos.empty()) {
      report.notes.push_back(fmt::format(
          "video: none yet; seqrl render {} makes one if the environment can be rendered",
          shell_quoted(run.path.string())));
    }
  }
}

// The averages of runs that differ only in their seed, if there are any.
std::optional<ScoreTable> table_over_seeds(const std::vector<RunGroup>& groups) {
  const bool repeated =
      std::ranges::any_of(groups, [](const RunGroup& group) { return group.runs.size() > 1; });
  const bool evaluated = std::ranges::any_of(groups, [](const RunGroup& group) {
    return std::ranges::any_of(group.runs, [](const RunFolder& run) { return !run.last.empty(); });
  });
  if (!repeated || !evaluated) return std::nullopt;
  return make_table(groups, {});
}

bool is_page(const fs::path& output) {
  return output.extension() == ".html";
}

// The path of the page: in the run's folder, or for several runs in the working directory.
fs::path page_of(const fs::path& output, const std::vector<RunFolder>& runs) {
  if (is_page(output)) return output;
  if (!output.empty()) return output / "report.html";
  return runs.size() == 1 ? RunFiles(runs.front().path).report() : fs::path("report.html");
}

int run_report(const std::vector<std::string>& arguments) {
  auto [names, settings] = split_arguments(arguments);
  load_given_plugins(settings);
  accept_target(settings);
  const auto config = read_config_text<PlotConfig>("{}", "seqrl report", settings);
  SEQRL_REQUIRE(!names.empty(),
                "report: no runs given; give their folders, or a folder that contains them");
  Report report;
  for (const fs::path& run : find_runs(names)) report.runs.push_back(read_run(run));
  catch_interrupts();
  const std::vector<RunGroup> groups = group_runs(report.runs);
  Figures made = with_progress("play", interrupted, [&](const auto& monitor) {
    return make_figures(groups, config, monitor);
  });
  if (interrupted()) return report_interruption("no report was written");
  report.figures = std::move(made.figures);
  report.notes = std::move(made.notes);
  report.seeds = table_over_seeds(groups);
  add_videos(report);
  print_notes(report.notes);
  const fs::path output = config.output, page = page_of(output, report.runs);
  if (page.has_parent_path()) make_folder(page.parent_path());
  write_file_atomically(page, to_html(report));
  if (!output.empty() && !is_page(output)) write_csv(report.figures, output);
  std::cout << printable(page.string()) << "\n";
  return 0;
}

}  // namespace

Command report_command() {
  const auto given = std::make_shared<std::vector<std::string>>();
  return {
      .name = "report",
      .help = "write runs as one self-contained page, report.html",
      .arguments = {required(
          "RUN... key=value", given.get(),
          "runs, folders of runs or patterns; then output=FILE.html|FOLDER (a folder holds the "
          "page and its curves as CSV; default: the run's folder, or the working directory for "
          "several runs), and as for plot: figures=[loss,score,targets] targets=[1000,2000] "
          "episodes=10 checkpoint=best, " +
              std::string(kPluginsHelp))},
      .examples = {"seqrl report runs/hopper-min_gru-1 figures=[loss,score]",
                   "seqrl report 'runs/hopper-*' output=comparison.html"},
      .run = [given] { return run_report(*given); },
  };
}

}  // namespace seqrl::tools
