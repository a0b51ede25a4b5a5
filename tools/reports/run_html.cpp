#include "tools/reports/run_html.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "agents/config/run_files.h"
#include "configs/base/files.h"
#include "configs/base/machine.h"
#include "configs/base/text.h"
#include "configs/base/thread_pool.h"
#include "tools/reports/curves.h"
#include "tools/reports/html_text.h"
#include "tools/reports/physics.h"
#include "tools/reports/statistics.h"

namespace seqrl::tools {
namespace {

// "–" for none; returns with one decimal, losses with four digits.
std::string measured(const Measure* measure) {
  if (measure == nullptr || !std::isfinite(measure->value)) return "–";
  const bool tenths = std::abs(measure->value) >= 100 || measure->std;
  std::string text =
      tenths ? fmt::format("{:.1f}", measure->value) : fmt::format("{:.4g}", measure->value);
  if (measure->std) text += fmt::format(" ± {:.1f}", *measure->std);
  return text;
}

// The interval of the mean over episodes: "58.2 to 61.4"; "" for fewer than two.
std::string interval_of(const Measure* measure) {
  if (measure == nullptr || !measure->std || measure->episodes < 2) return "";
  if (!std::isfinite(measure->value)) return "";
  const double half = mean_half_width(*measure->std, measure->episodes);
  return fmt::format("{:.1f} to {:.1f}", measure->value - half, measure->value + half);
}

const Measure* find_measure(const std::vector<Measure>& measures, const std::string& name) {
  const auto found = std::ranges::find(measures, name, &Measure::name);
  return found == measures.end() ? nullptr : &*found;
}

// "1 h 43 min", "2 min 10 s", "0.8 s"
std::string time_text(double seconds) {
  if (seconds < 10) return fmt::format("{:.1f} s", seconds);
  const auto whole = static_cast<std::int64_t>(std::llround(seconds));
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{} min {} s", whole / 60, whole % 60);
  return fmt::format("{} h {} min", whole / 3600, whole / 60 % 60);
}

std::string speed_text(const RunFolder& run) {
  if (!run.steps_per_second) return "";
  const double speed = *run.steps_per_second;
  const std::string number =
      speed < 1000 ? fmt::format("{:.3g}", speed) : grouped(std::llround(speed));
  return number + " steps per second";
}

std::int64_t steps_of(const RunFolder& run) {
  return run.metrics.empty() ? 0 : run.metrics.back().step;
}

std::string tile(const std::string& name, const std::string& value, const std::string& below) {
  if (value.empty()) return "";
  return fmt::format("<div><dt>{}</dt><dd>{}{}</dd></div>\n", escaped(name), escaped(value),
                     below.empty() ? "" : "<small>" + escaped(below) + "</small>");
}

std::string cell(const std::string& text, const char* of = "td") {
  return fmt::format("<{0} class=\"number\">{1}</{0}>", of, escaped(text));
}

std::string fact(const char* name, const std::string& value) {
  if (value.empty()) return "";
  return fmt::format("<tr><td>{}</td><td>{}</td></tr>\n", escaped(name), escaped(value));
}

std::string machines_of(const RunFolder& run) {
  return fmt::format("{}", fmt::join(run.machines, "; then "));
}

// "window/3600/score" → "normalised score", "window, target 3600"
std::pair<std::string, std::string> label_parts(const std::string& measure) {
  const std::string label = measure_label(measure);
  const std::size_t open = label.find(" (");
  if (open == std::string::npos || !label.ends_with(')')) return {label, ""};
  return {label.substr(0, open), label.substr(open + 2, label.size() - open - 3)};
}

}  // namespace

std::string title_of(const RunFolder& run) {
  return fmt::format("{} on {}, seed {}", run.learner(), run.task(), run.seed());
}

std::string tiles_of(const RunFolder& run) {
  std::string text = "<dl class=\"tiles\">\n";
  const std::string main = main_measure(run.last);
  const auto [what, how] = label_parts(main);
  text += tile(what + ", last", main.empty() ? "" : measured(find_measure(run.last, main)), how);
  text += tile(what + ", best", main.empty() ? "" : measured(find_measure(run.best, main)),
               fmt::format("after {} steps", grouped(run.best_step)));
  text += tile("steps", grouped(steps_of(run)), "of " + run.setting("training.steps"));
  text += tile("parameters", run.parameters ? grouped(*run.parameters) : "", "");
  text += tile("training time", run.seconds ? time_text(*run.seconds) : "", speed_text(run));
  return text + "</dl>\n";
}

std::string scores_html(const RunFolder& run) {
  if (run.last.empty()) return "<p>Not evaluated yet.</p>\n";
  const bool spread =
      std::ranges::any_of(run.last, [](const Measure& measure) { return measure.std.has_value(); });
  std::string text = "<div class=\"scroll\"><table>\n<tr><th>measure</th>";
  for (const auto& [which, step] : {std::pair("last", run.last_step), {"best", run.best_step}}) {
    text += cell(fmt::format("{}, step {}", which, step), "th");
    if (spread) text += cell("95 % interval", "th");
  }
  text += "</tr>\n";
  for (const Measure& measure : run.last) {
    text += fmt::format("<tr><td class=\"name\" title=\"{}\">{}</td>", escaped(measure.name),
                        escaped(measure_label(measure.name)));
    for (const auto* measures : {&run.last, &run.best}) {
      const Measure* found = find_measure(*measures, measure.name);
      text += cell(measured(found));
      if (spread) text += cell(interval_of(found));
    }
    text += "</tr>\n";
  }
  text += "</table></div>\n";
  if (spread) {
    text +=
        "<p class=\"quiet\">mean ± standard deviation over episodes, and the 95 % interval of that "
        "mean (Student's t), which does not cover variation between seeds</p>\n";
  }
  return text;
}

std::string training_html(const RunFolder& run) {
  std::string text = "<div class=\"scroll\"><table class=\"facts\">\n";
  text += fact("environment", run.environment()) + fact("data", run.dataset) +
          fact("parameters", run.parameters ? grouped(*run.parameters) : "") +
          fact("training time, including evaluations", run.seconds ? time_text(*run.seconds) : "") +
          fact("speed, without evaluations", speed_text(run)) +
          fact("trained on", machines_of(run)) +
          fact("MuJoCo in training", run.kind("env").empty() ? "" : run.mujoco_version) +
          fact("physics", physics_text(run.physics)) +
          fact("report created by", fmt::format("seqrl {} on {}, {} processors", SEQRL_VERSION,
                                                processor_name(), available_processors()));
  return text + "</table></div>\n";
}

std::string config_html(const RunFolder& run) {
  return "<p class=\"quiet\">To repeat this run: seqrl train config.yaml output=FOLDER</p>\n<pre>" +
         escaped_lines(read_file(RunFiles(run.path).config())) + "</pre>\n";
}

std::string runs_table(const std::vector<RunFolder>& runs) {
  std::string text = "<div class=\"scroll\"><table>\n<tr><th>run</th><th>measure</th>";
  for (const char* name : {"last", "95 % interval", "best", "steps", "parameters", "time"}) {
    text += cell(name, "th");
  }
  text += "</tr>\n";
  std::set<std::string> machines;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const RunFolder& run = runs[i];
    const std::string main = main_measure(run.last);
    const Measure* last = find_measure(run.last, main);
    text += fmt::format(
        "<tr><td class=\"name\"><a href=\"#run-{}\">{}</a></td><td class=\"name\">{}</td>", i + 1,
        escaped(run.path.string()), escaped(main.empty() ? "–" : measure_label(main)));
    text += cell(measured(last)) + cell(interval_of(last)) +
            cell(measured(find_measure(run.best, main))) + cell(grouped(steps_of(run))) +
            cell(run.parameters ? grouped(*run.parameters) : "–") +
            cell(run.seconds ? time_text(*run.seconds) : "–") + "</tr>\n";
    machines.insert(run.machines.begin(), run.machines.end());
  }
  text +=
      "</table></div>\n<p class=\"quiet\">mean ± standard deviation over episodes; the interval "
      "is that of their mean";
  if (machines.size() == 1) text += ". Trained on " + escaped(*machines.begin());
  return text + "</p>\n";
}

std::string seeds_html(const ScoreTable& table) {
  const auto moments = [](const SeedSummary& summary) {
    if (!summary.moments) return std::string("–");
    const Measure mean{"", summary.moments->mean, summary.moments->std};
    return measured(&mean);
  };
  const auto iqm = [](const SeedSummary& summary) {
    if (!summary.interval) return std::string("–");
    return fmt::format("{:.1f} [{:.1f}, {:.1f}]", *summary.iqm, summary.interval->low,
                       summary.interval->high);
  };
  std::string text = "<div class=\"scroll\"><table>\n<tr><th>task</th><th>learner</th>";
  text += "<th>measure</th>";
  for (const char* name : {"seeds", "last", "last IQM [95 %]", "best", "best IQM [95 %]"}) {
    text += cell(name, "th");
  }
  text += "</tr>\n";
  for (const TableRow& row : table.rows) {
    text += fmt::format(
        "<tr><td>{}</td><td class=\"name\">{}</td><td class=\"name\">{}</td>", escaped(row.task),
        escaped(row.variant.empty() ? row.learner : row.learner + " " + row.variant),
        escaped(measure_label(row.measure)));
    text += cell(std::to_string(row.seeds.size())) + cell(moments(row.last)) + cell(iqm(row.last)) +
            cell(moments(row.best)) + cell(iqm(row.best)) + "</tr>\n";
  }
  text += "</table></div>\n<ul class=\"quiet\">\n";
  for (const std::string& note : table.notes) text += "<li>" + escaped(note) + "</li>\n";
  return text + "</ul>\n";
}

}  // namespace seqrl::tools
