#include "tools/reports/curves.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <utility>

#include "agents/checkpoint.h"
#include "agents/evaluator.h"
#include "configs/base/error.h"
#include "configs/base/text.h"
#include "tools/reports/statistics.h"

namespace seqrl {
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
  // Where a run is missing, the mean would jump.
  std::erase_if(series, [&](const auto& at) { return at.second.size() < group.runs.size(); });
  return series;
}

CurvePoint point(double x, double mean, double spread) {
  return {x, mean, mean - spread, mean + spread};
}

// What the band around a curve is.
constexpr const char* kOverSeeds = "mean ± std over seeds";
constexpr const char* kOverEpisodes = "mean ± std over episodes";

std::string label_of(const RunGroup& group) {
  return group.runs.size() == 1 ? fmt::format("{}, seed {}", group.name(), group.runs[0].seed())
                                : fmt::format("{}, {} seeds", group.name(), group.runs.size());
}

Curve curve_of(const RunGroup& group, const Series& series) {
  Curve curve{label_of(group), {}};
  for (const auto& [x, values] : series) {
    const MeanStd over_seeds = mean_std(values);
    curve.points.push_back(point(x, over_seeds.mean, over_seeds.std.value_or(0)));
  }
  return curve;
}

// A curve of each group that has the metric, in the figure of its task.
template <typename Metric>
std::vector<Figure> figures_over_steps(const std::vector<RunGroup>& groups, const std::string& name,
                                       const Metric& metric_of) {
  std::map<std::string, Figure> by_task;
  for (const RunGroup& group : groups) {
    const auto [metric, label] = metric_of(group);
    const Series series = series_of(group, metric);
    if (series.empty()) continue;
    Figure& figure = by_task[group.task + ": " + label];
    figure.curves.push_back(curve_of(group, series));
    figure.title = group.task;
    if (group.runs.size() > 1) figure.legend = kOverSeeds;
    figure.y_label = label;
    figure.x_label = "optimizer steps";
    figure.name = group.task + "-" + name;
  }
  std::vector<Figure> figures;
  for (auto& [task, figure] : by_task) figures.push_back(std::move(figure));
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

// "window/3600/score" → "normalised score (window, target 3600)".
std::string measure_label(const std::string& measure) {
  const std::size_t first = measure.find('/'), last = measure.rfind('/');
  const std::string what = measure.substr(last == std::string::npos ? 0 : last + 1);
  const std::string name = what == "score"  ? "normalised score"
                           : what == "loss" ? "evaluation loss"
                                            : what;
  if (first == std::string::npos) return name;
  const std::string mode = measure.substr(0, first);
  if (first == last) return name;  // an agent without targets acts alike in both modes
  return fmt::format("{} ({}, target {})", name, mode, measure.substr(first + 1, last - first - 1));
}

// Tenths of the first target, up to a fifth beyond it.
std::vector<double> default_grid(const std::vector<double>& targets) {
  std::vector<double> grid;
  for (int tenths = 1; tenths <= 12 && !targets.empty(); ++tenths) {
    grid.push_back(targets.front() * tenths / 10);
  }
  return grid;
}

struct Obedience {
  std::string env;
  std::vector<TargetResult> results;
};

// Nothing for agents that have no targets, and when `stop` ended it.
std::optional<Obedience> obedience(const RunFolder& run, const PlotConfig& config,
                                   const std::function<bool()>& stop, ThreadPool& pool) {
  const TrainedAgent trained = load_agent(find_checkpoint(run.path));
  if (!trained.agent->uses_targets()) return std::nullopt;
  EvaluationOptions options = evaluation_options(trained.config);
  options.targets =
      config.targets.empty() ? default_grid(trained.config.evaluation.targets) : config.targets;
  if (options.targets.empty()) return std::nullopt;
  options.episodes = config.episodes;
  options.stop = stop;
  options.modes = {config.mode.empty() ? options.modes.front() : act_mode(config.mode)};
  const PackedWeights weights(*trained.parameters, false);
  const auto evaluation = evaluate(*trained.agent, weights, options, pool);
  if (!evaluation) return std::nullopt;
  return Obedience{evaluation->env, evaluation->targets};
}

}  // namespace

void PlotConfig::fields(Fields& field) {
  field("output", output,
        "folder of the pictures; \"\" = RUN/plots for one run, plots for several");
  field("figures", figures, "what to draw", one_of({"loss", "score", "targets"}), not_empty());
  field("targets", targets, "returns to ask for; [] = 0.1 to 1.2 of the run's first target");
  field("episodes", episodes, "episodes for each of them", in_range(1, 1 << 20));
  field("mode", mode, "how to act in them; \"\" = the run's first mode",
        one_of({"", "window", "stream"}));
  field("threads", threads, "worker threads; 0 = all processors", in_range(0, 1024));
}

std::vector<Figure> loss_figures(const std::vector<RunGroup>& groups) {
  auto figures = figures_over_steps(groups, "loss", [](const RunGroup&) {
    return std::pair<std::string, std::string>("loss", "training loss");
  });
  for (Figure& figure : figures) figure.logarithmic = is_wide(figure);
  return figures;
}

std::vector<Figure> score_figures(const std::vector<RunGroup>& groups) {
  return figures_over_steps(groups, "score", [](const RunGroup& group) {
    const std::string measure = main_measure(group.runs.front().last);
    return std::pair("eval/" + measure, measure_label(measure));
  });
}

std::vector<Figure> target_figures(const std::vector<RunGroup>& groups, const PlotConfig& config,
                                   const std::function<bool()>& stop) {
  ThreadPool pool(config.threads);
  std::map<std::string, Figure> by_task;
  for (const RunGroup& group : groups) {
    if (group.runs.front().kind("env").empty()) continue;
    std::map<double, std::vector<TargetResult>> by_target;
    std::string env;
    for (const RunFolder& run : group.runs) {
      const auto played = obedience(run, config, stop, pool);
      if (stop && stop()) return {};
      if (!played) continue;
      env = played->env;
      for (const TargetResult& result : played->results) {
        if (result.return_mean) by_target[*result.target].push_back(result);
      }
    }
    if (by_target.empty()) continue;
    Figure& figure = by_task[group.task];
    figure.name = group.task + "-targets";
    figure.title = group.task + ": does the agent obey the target?";
    figure.legend = group.runs.size() > 1 ? kOverSeeds : kOverEpisodes;
    figure.x_label = "target return";
    figure.y_label = fmt::format("return ({}, mean of {} episodes)", env, config.episodes);
    figure.identity = true;
    Curve& curve = figure.curves.emplace_back();
    curve.label = label_of(group);
    for (const auto& [target, results] : by_target) {
      std::vector<double> means;
      for (const TargetResult& result : results) means.push_back(*result.return_mean);
      const MeanStd over_seeds = mean_std(means);
      curve.points.push_back(
          point(target, over_seeds.mean, over_seeds.std.value_or(*results.front().return_std)));
    }
  }
  std::vector<Figure> figures;
  for (auto& [task, figure] : by_task) figures.push_back(std::move(figure));
  return figures;
}

Figures make_figures(const std::vector<RunGroup>& groups, const PlotConfig& config,
                     const std::function<bool()>& stop) {
  Figures all;
  const auto add = [&](const std::string& name, const auto& make) {
    if (std::ranges::find(config.figures, name) == config.figures.end()) return;
    std::ranges::move(make(), std::back_inserter(all.figures));
  };
  add("loss", [&] { return loss_figures(groups); });
  add("score", [&] { return score_figures(groups); });
  try {
    add("targets", [&] { return target_figures(groups, config, stop); });
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::user || config.figures.size() == 1) throw;
    all.notes.push_back(fmt::format("no figure of targets: {}", error.what()));
  }
  return all;
}

}  // namespace seqrl
