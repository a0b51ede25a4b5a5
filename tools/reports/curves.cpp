#include "tools/reports/curves.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>
#include <utility>

#include "configs/base/error.h"
#include "configs/base/text.h"
#include "tools/reports/curve_labels.h"
#include "tools/reports/statistics.h"

namespace seqrl::tools {
namespace {

using Series = std::map<double, std::vector<double>>;  // the runs' values at each x

Series series_of(const RunGroup& group, const std::string& metric) {
  Series series;
  for (const RunFolder& run : group.runs) {
    for (const MetricLine& line : run.metrics) {
      const auto found = line.values.find(metric);
      if (found != line.values.end()) {
        series[static_cast<double>(line.step)].push_back(found->second);
      }
    }
  }
  // If a run were missing at some steps, the mean would jump.
  std::erase_if(series, [&](const auto& at) { return at.second.size() < group.runs.size(); });
  return series;
}

std::vector<CurvePoint> means(const Series& series) {
  std::vector<CurvePoint> points;
  for (const auto& [x, values] : series) {
    const MeanStd over_seeds = mean_std(values);
    const double spread = over_seeds.std.value_or(0);
    points.push_back({x, over_seeds.mean, over_seeds.mean - spread, over_seeds.mean + spread});
  }
  return points;
}

// Adds the papers' results of the groups' measure at their steps, as points in the groups' colours.
// The figure's first curves are the groups'.
void add_published(const std::vector<const RunGroup*>& groups, Figure& figure) {
  std::set<std::string> labels;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    const RunFolder& run = groups[i]->runs.front();
    for (const Published& number : published_for_task(run.kind("task"), run.learner(),
                                                      main_measure(run.last), run.answers())) {
      if (!number.step) continue;
      const std::string label = "the paper's " + run.learner();
      if (!labels.insert(label).second) continue;
      const double value = number.value;
      figure.curves.push_back(
          {label, {{static_cast<double>(*number.step), value, value, value}}, i});
    }
  }
}

// One curve for each group that has the metric, in the figure of its task.
template <typename Metric>
std::vector<Figure> figures_over_steps(const std::vector<RunGroup>& groups, const std::string& name,
                                       const Metric& metric_of) {
  struct Drawn {
    Figure figure;
    std::vector<const RunGroup*> groups;
  };
  std::map<std::string, Drawn> by_task;
  for (const RunGroup& group : groups) {
    const auto [metric, label] = metric_of(group);
    const Series series = series_of(group, metric);
    if (series.empty()) continue;
    auto& [figure, drawn] = by_task[group.task + ": " + label];
    figure.curves.push_back({"", means(series), std::nullopt});
    drawn.push_back(&group);
    figure.title = group.task;
    figure.y_label = label;
    figure.x_label =
        group.runs.front().learns_from_acting() ? "environment steps" : "optimizer steps";
    figure.name = figure_name(group.task, name);
  }
  std::vector<Figure> figures;
  for (auto& [task, drawn] : by_task) {
    name_curves(drawn.groups, "mean ± std over seeds", drawn.figure);
    if (name == "score") add_published(drawn.groups, drawn.figure);
    figures.push_back(std::move(drawn.figure));
  }
  return figures;
}

// A loss that falls by more than this factor is drawn on a logarithmic axis.
constexpr double kWide = 10;

bool is_wide(const Figure& figure) {
  double low = INFINITY, high = -INFINITY;
  for (const Curve& curve : figure.curves) {
    for (const CurvePoint& p : curve.points) {
      low = std::min({low, p.mean, p.low});
      high = std::max(high, p.mean);
    }
  }
  return low > 0 && high > kWide * low;
}

// Display names of the metrics that learners write into metrics.jsonl; other metrics keep their
// names.
constexpr std::array<std::pair<const char*, const char*>, 8> kMetrics = {{
    {"loss", "training loss"},
    {"critic_loss", "critics' loss"},
    {"actor_loss", "actor's loss"},
    {"value", "value estimated by the critics"},
    {"entropy", "entropy of the actions"},
    {"temperature", "temperature"},
    {"episode/return", "return of training episodes"},
    {"episode/length", "length of training episodes"},
}};

std::string metric_label(const std::string& metric) {
  for (const auto& [name, label] : kMetrics) {
    if (metric == name) return label;
  }
  return metric;
}

std::set<std::string> metrics_of(const std::vector<RunGroup>& groups) {
  std::set<std::string> names;
  for (const RunGroup& group : groups) {
    for (const RunFolder& run : group.runs) {
      for (const MetricLine& line : run.metrics) {
        for (const auto& [name, value] : line.values) names.insert(name);
      }
    }
  }
  return names;
}

// The names of the requested figures: the given ones, which must be known, or all.
std::vector<std::string> wanted_figures(const std::vector<RunGroup>& groups,
                                        const PlotConfig& config) {
  const std::set<std::string> metrics = metrics_of(groups);
  std::vector<std::string> known = {"score", "targets"};
  known.insert(known.end(), metrics.begin(), metrics.end());
  for (const std::string& name : config.figures) {
    SEQRL_REQUIRE(name == "loss" || std::ranges::find(known, name) != known.end(),
                  "figures: no run has a metric {}{}", shown(name), suggestion(name, known));
  }
  if (!config.figures.empty()) return config.figures;
  std::vector<std::string> all;
  for (const auto& [name, label] : kMetrics) all.emplace_back(name);
  all.emplace_back("score");
  all.emplace_back("targets");
  return all;
}

}  // namespace

void PlotConfig::fields(Fields& field) {
  field("output", output,
        "folder for the pictures; \"\" = RUN/plots for one run, plots for several", file_path());
  field(
      "figures", figures,
      "what to plot: score, targets, loss or another metric of metrics.jsonl, such as critic_loss "
      "or episode/return; [] = score, targets and the learners' own metrics, as available");
  field("targets", targets, "target returns; [] = 0.1 to 1.2 times the run's first target");
  field("episodes", episodes, "episodes per target", in_range(1, 1 << 20));
  field("mode", mode, "how to act; \"\" = the run's first mode", one_of({"", "window", "stream"}));
  field("checkpoint", checkpoint, "checkpoint of each run to play; \"\" = last",
        one_of({"", "last", "best"}));
  field("threads", threads, "worker threads; 0 = all processors", in_range(0, 1024));
}

std::string measure_label(const std::string& measure) {
  const std::size_t first = measure.find('/'), last = measure.rfind('/');
  const std::string what = measure.substr(last == std::string::npos ? 0 : last + 1);
  const std::string name = what == "score"             ? "normalised score"
                           : what == "loss"            ? "evaluation loss"
                           : what == "validation_loss" ? "validation loss"
                                                       : what;
  if (first == std::string::npos) return name;
  const std::string mode = measure.substr(0, first);
  if (first == last) return name;  // an agent without targets acts the same in both modes
  return fmt::format("{} ({}, target {})", name, mode, measure.substr(first + 1, last - first - 1));
}

std::string figure_name(const std::string& task, const std::string& what) {
  std::string name = one_line(task + "-" + what);
  std::ranges::replace(name, '/', '-');
  return name;
}

void name_curves(const std::vector<const RunGroup*>& groups, const std::string& band,
                 Figure& figure) {
  const CurveLabels named = label_curves(groups);
  for (std::size_t i = 0; i < groups.size(); ++i) figure.curves[i].label = named.labels[i];
  const bool has_band = std::ranges::any_of(figure.curves, [](const Curve& curve) {
    return std::ranges::any_of(curve.points, [](const auto& p) { return p.low != p.high; });
  });
  figure.legend = has_band ? band : "";
  if (named.common.empty()) return;
  figure.legend += (figure.legend.empty() ? "" : ", ") + named.common;
}

std::vector<Figure> metric_figures(const std::vector<RunGroup>& groups, const std::string& metric) {
  auto figures = figures_over_steps(
      groups, metric, [&](const RunGroup&) { return std::pair(metric, metric_label(metric)); });
  const bool is_loss = metric.ends_with("loss");
  for (Figure& figure : figures) figure.logarithmic = is_loss && is_wide(figure);
  return figures;
}

std::vector<Figure> score_figures(const std::vector<RunGroup>& groups) {
  return figures_over_steps(groups, "score", [](const RunGroup& group) {
    const std::string measure = main_measure(group.runs.front().last);
    return std::pair("eval/" + measure, measure_label(measure));
  });
}

Figures make_figures(const std::vector<RunGroup>& groups, const PlotConfig& config,
                     const ProgressMonitor& monitor) {
  Figures all;
  const std::vector<std::string> wanted = wanted_figures(groups, config);
  for (const std::string& name : wanted) {
    try {
      std::ranges::move(name == "score"     ? score_figures(groups)
                        : name == "targets" ? target_figures(groups, config, monitor)
                                            : metric_figures(groups, name),
                        std::back_inserter(all.figures));
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::user || wanted.size() == 1) throw;
      all.notes.push_back(fmt::format("no figure of {}: {}", name, error.what()));
    }
  }
  return all;
}

}  // namespace seqrl::tools
