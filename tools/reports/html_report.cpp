#include "tools/reports/html_report.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <ctime>
#include <fstream>
#include <sstream>
#include <string_view>

#include "agents/config/run_files.h"
#include "configs/base/files.h"
#include "configs/base/printable.h"
#include "configs/base/thread_pool.h"
#include "tools/reports/physics.h"

namespace seqrl::tools {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kStyle = R"(
  body { font: 16px/1.5 sans-serif; color: #222; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
  h1 { font-size: 1.6rem; margin-bottom: 0; } h2 { font-size: 1.2rem; margin-top: 2.2rem; }
  table { border-collapse: collapse; } th, td { text-align: left; padding: .15rem .9rem .15rem 0; }
  th { border-bottom: 1px solid #999; } td.number { text-align: right; font-variant-numeric: tabular-nums; }
  svg, video, img { max-width: 100%; height: auto; } pre { background: #f5f5f5; padding: 1rem; overflow-x: auto; }
  .quiet { color: #666; } figure { margin: 1rem 0; }
)";

// Text of one line.
std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : printable(text)) {
    switch (c) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '"':
        result += "&quot;";
        break;
      default:
        result += c;
    }
  }
  return result;
}

std::string escaped_lines(const std::string& text) {
  std::istringstream lines(text);
  std::string result;
  for (std::string line; std::getline(lines, line);) result += escaped(line) + "\n";
  return result;
}

std::string base64(std::string_view bytes) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t group = 0;
    for (std::size_t j = 0; j < 3; ++j) {
      group = group << 8 | (j < count ? static_cast<unsigned char>(bytes[i + j]) : 0u);
    }
    for (std::size_t j = 0; j < 4; ++j) {
      text += j <= count ? kDigits[group >> (18 - 6 * j) & 63] : '=';
    }
  }
  return text;
}

std::string row(std::string_view name, const std::string& value) {
  if (value.empty()) return "";
  return fmt::format("<tr><td>{}</td><td>{}</td></tr>\n", escaped(name), escaped(value));
}

// "2691.8 ± 444.6", "0.0371"
std::string number_cell(const std::vector<Measure>& measures, const std::string& name) {
  const auto found = std::ranges::find(measures, name, &Measure::name);
  std::string text = "–";
  if (found != measures.end() && std::isfinite(found->value)) {
    const bool large = std::abs(found->value) >= 100;
    text = large || found->std ? fmt::format("{:.1f}", found->value)
                               : fmt::format("{:.4g}", found->value);
    if (found->std) text += fmt::format(" ± {:.1f}", *found->std);
  }
  return "<td class=\"number\">" + text + "</td>";
}

std::string scores(const RunFolder& run) {
  if (run.last.empty()) return "<p>Not evaluated yet.</p>\n";
  std::string text = fmt::format(
      "<table>\n<tr><th>measure</th><th>last, step {}</th><th>best, step {}</th></tr>\n",
      run.last_step, run.best_step);
  bool spread = false;
  for (const Measure& measure : run.last) {
    text += fmt::format("<tr><td>{}</td>{}{}</tr>\n", escaped(measure.name),
                        number_cell(run.last, measure.name), number_cell(run.best, measure.name));
    spread = spread || measure.std;
  }
  text += "</table>\n";
  if (spread) text += "<p class=\"quiet\">mean ± standard deviation over episodes</p>\n";
  return text;
}

// An XML declaration and a doctype have no place inside a page.
std::string_view inline_svg(std::string_view svg) {
  const std::size_t begin = svg.find("<svg");
  return begin == std::string_view::npos ? svg : svg.substr(begin);
}

std::string processor() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    const std::size_t colon = line.find(": ");
    if (line.starts_with("model name") && colon != std::string::npos) return line.substr(colon + 2);
  }
  return "unknown";
}

}  // namespace

std::string to_html(const Report& report) {
  const RunFolder& run = report.run;
  const std::string title = fmt::format("{} on {}, seed {}", run.learner(), run.task(), run.seed());
  std::string body = fmt::format(
      "<h1>{}</h1>\n<p class=\"quiet\">{} · after {} of {} steps · report of {:%Y-%m-%d %H:%M} "
      "UTC</p>\n",
      escaped(title), escaped(run.path.string()), run.metrics.empty() ? 0 : run.metrics.back().step,
      escaped(run.setting("training.steps")), fmt::gmtime(std::time(nullptr)));
  body += "<h2>Scores</h2>\n" + scores(run);
  if (!report.pictures.empty()) body += "<h2>Curves</h2>\n";
  for (const ReportPicture& picture : report.pictures) {
    body += fmt::format("<figure role=\"img\" aria-label=\"{}\">{}</figure>\n",
                        escaped(picture.title), inline_svg(picture.svg));
  }
  if (!report.videos.empty()) body += "<h2>Video</h2>\n";
  for (const fs::path& video : report.videos) {
    body += fmt::format(
        "<figure><video controls muted loop src=\"data:video/mp4;base64,{}\"></video>"
        "<figcaption class=\"quiet\">{}</figcaption></figure>\n",
        base64(read_file(video)), escaped(video.filename().string()));
  }
  body += "<h2>Environment and machine</h2>\n<table>\n";
  body += row("environment", run.environment()) + row("learned from", run.dataset) +
          row("parameters", run.parameters ? std::to_string(*run.parameters) : "") +
          row("MuJoCo, when trained", run.kind("env").empty() ? "" : run.mujoco_version) +
          row("physics", physics_text(run.physics)) + row("seqrl, of this report", SEQRL_VERSION) +
          row("processor, of this report", processor()) +
          row("processors, of this report", std::to_string(available_processors()));
  body += "</table>\n";
  if (!report.notes.empty()) body += "<h2>Not in this report</h2>\n<ul>\n";
  for (const std::string& note : report.notes) body += "<li>" + escaped(note) + "</li>\n";
  if (!report.notes.empty()) body += "</ul>\n";
  body +=
      "<h2>Config</h2>\n<p class=\"quiet\">Reruns as it is: seqrl train config.yaml "
      "output=FOLDER</p>\n<pre>" +
      escaped_lines(read_file(RunFiles(run.path).config())) + "</pre>\n";
  return fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width\">\n<title>{}</title>\n"
      "<style>{}</style>\n</head>\n<body>\n{}</body>\n</html>\n",
      escaped(title), kStyle, body);
}

}  // namespace seqrl::tools
