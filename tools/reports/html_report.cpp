#include "tools/reports/html_report.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <ctime>
#include <set>
#include <string_view>

#include "configs/base/error.h"
#include "configs/base/files.h"
#include "envs/assets.h"
#include "tools/reports/html_figure.h"
#include "tools/reports/html_text.h"
#include "tools/reports/page/page.h"
#include "tools/reports/run_html.h"

namespace seqrl::tools {
namespace {

std::string_view page_text(std::string_view name) {
  for (const Asset& asset : page_files()) {
    if (asset.name == name) return asset.text;
  }
  SEQRL_CHECK(false);
  return {};
}

// "3 runs on hopper-medium"
std::string title_of(const std::vector<RunFolder>& runs) {
  if (runs.size() == 1) return title_of(runs.front());
  std::set<std::string> tasks;
  for (const RunFolder& run : runs) tasks.insert(run.task());
  return tasks.size() == 1 ? fmt::format("{} runs on {}", runs.size(), *tasks.begin())
                           : fmt::format("{} runs on {} tasks", runs.size(), tasks.size());
}

std::string header(const Report& report) {
  const auto now =
      fmt::format("report created {:%Y-%m-%d %H:%M} UTC", fmt::gmtime(std::time(nullptr)));
  std::string text =
      fmt::format("<h1>{}</h1>\n<p class=\"quiet\">", escaped(title_of(report.runs)));
  if (report.runs.size() == 1) text += escaped(report.runs.front().path.string()) + " · ";
  return text + now + "</p>\n";
}

std::string curves_html(const std::vector<Figure>& figures) {
  if (figures.empty()) return "";
  std::string text = "<h2>Curves</h2>\n<div class=\"plots\">\n";
  for (const Figure& figure : figures) text += to_html(figure);
  return text + "</div>\n";
}

std::string video_html(const ReportVideo& video) {
  const std::string bytes = base64(read_file(video.path));
  if (video.path.extension() == ".gif") {
    return fmt::format("<img alt=\"{}\" src=\"data:image/gif;base64,{}\">", escaped(video.title),
                       bytes);
  }
  const std::string poster =
      video.poster.empty()
          ? ""
          : fmt::format(" poster=\"data:image/jpeg;base64,{}\"", base64(video.poster));
  return fmt::format(
      "<video controls muted loop playsinline{} src=\"data:video/mp4;base64,{}\"></video>", poster,
      bytes);
}

std::string videos_html(const std::vector<ReportVideo>& videos) {
  if (videos.empty()) return "";
  std::string text =
      fmt::format("<h2>Video{}</h2>\n<div class=\"videos\">\n", videos.size() > 1 ? "s" : "");
  for (const ReportVideo& video : videos) {
    text += fmt::format("<figure>{}<figcaption class=\"quiet\">{}</figcaption></figure>\n",
                        video_html(video), escaped(video.title));
  }
  return text + "</div>\n";
}

std::string notes_html(const std::vector<std::string>& notes) {
  if (notes.empty()) return "";
  std::string text = "<h2>Not in this report</h2>\n<ul>\n";
  for (const std::string& note : notes) text += "<li>" + escaped(note) + "</li>\n";
  return text + "</ul>\n";
}

std::string one_run(const Report& report) {
  const RunFolder& run = report.runs.front();
  return tiles_of(run) + "<h2>Scores</h2>\n" + scores_html(run) + curves_html(report.figures) +
         videos_html(report.videos) + "<h2>Training and machine</h2>\n" + training_html(run) +
         notes_html(report.notes) + "<h2>Config</h2>\n" + config_html(run);
}

std::string several_runs(const Report& report) {
  std::string text = "<h2>Runs</h2>\n" + runs_table(report.runs);
  if (report.seeds) text += "<h2>Over seeds</h2>\n" + seeds_html(*report.seeds);
  text += curves_html(report.figures) + videos_html(report.videos) + notes_html(report.notes) +
          "<h2>Individual runs</h2>\n";
  for (std::size_t i = 0; i < report.runs.size(); ++i) {
    const RunFolder& run = report.runs[i];
    text += fmt::format(
        "<section class=\"run\" id=\"run-{}\">\n<h3>{}</h3>\n<p class=\"quiet\">{}</p>\n", i + 1,
        escaped(title_of(run)), escaped(run.path.string()));
    text += scores_html(run) + "<details><summary>Training and machine</summary>\n" +
            training_html(run) + "</details>\n<details><summary>Config</summary>\n" +
            config_html(run) + "</details>\n</section>\n";
  }
  return text;
}

}  // namespace

std::string to_html(const Report& report) {
  SEQRL_CHECK(!report.runs.empty());
  const std::string body =
      header(report) + (report.runs.size() == 1 ? one_run(report) : several_runs(report));
  return fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
      "'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; media-src data:\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta name=\"color-scheme\" content=\"light dark\">\n<title>{}</title>\n"
      "<style>\n{}</style>\n</head>\n<body>\n{}<script>\n{}</script>\n</body>\n</html>\n",
      escaped(title_of(report.runs)), page_text("page.css"), body, page_text("page.js"));
}

}  // namespace seqrl::tools
