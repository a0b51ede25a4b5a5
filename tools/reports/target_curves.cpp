// Figures of the return over the target: whether an agent follows its target.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <utility>

#include "agents/evaluation/evaluator.h"
#include "agents/policies/checkpoint.h"
#include "tools/reports/curves.h"
#include "tools/reports/statistics.h"

namespace seqrl::tools {
namespace {

// Tenths of the first target, up to a fifth beyond it; of another target if the first is 0.
std::vector<double> default_grid(const std::vector<double>& targets) {
  const auto main = std::ranges::find_if(targets, [](double target) { return target != 0; });
  if (main == targets.end()) return targets;
  std::vector<double> grid;
  for (int tenths = 1; tenths <= 12; ++tenths) grid.push_back(*main * tenths / 10);
  return grid;
}

// An agent's returns at several targets.
struct TargetResponse {
  std::string env;
  std::vector<TargetResult> results;
};

// The returns of a run's agent at each target. Nothing for agents without targets, and when the
// monitor stopped it.
std::optional<TargetResponse> target_response(const RunFolder& run, const PlotConfig& config,
                                              const ProgressMonitor& monitor, ThreadPool& pool) {
  const TrainedAgent trained =
      load_agent(find_checkpoint(run.path, checkpoint_choice(config.checkpoint)));
  if (!trained.agent->uses_targets()) return std::nullopt;
  EvaluationOptions options = evaluation_options(trained.config);
  options.targets =
      config.targets.empty() ? default_grid(trained.config.evaluation.targets) : config.targets;
  if (options.targets.empty()) return std::nullopt;
  options.episodes = config.episodes;
  options.monitor = monitor;
  options.modes = {config.mode.empty() ? options.modes.front() : act_mode(config.mode)};
  const PackedWeights weights(*trained.parameters, false);
  const auto evaluation = evaluate(*trained.agent, weights, options, pool);
  if (!evaluation) return std::nullopt;
  return TargetResponse{evaluation->env, evaluation->targets};
}

// The mean over a group's runs at each target, with the band over the runs or, for a single run,
// over its episodes.
std::vector<CurvePoint> points_of(const std::map<double, std::vector<TargetResult>>& by_target) {
  std::vector<CurvePoint> points;
  for (const auto& [target, results] : by_target) {
    std::vector<double> means;
    for (const TargetResult& result : results) means.push_back(*result.return_mean);
    const MeanStd over_seeds = mean_std(means);
    const double spread = over_seeds.std.value_or(*results.front().return_std);
    points.push_back({target, over_seeds.mean, over_seeds.mean - spread, over_seeds.mean + spread});
  }
  return points;
}

}  // namespace

std::vector<Figure> target_figures(const std::vector<RunGroup>& groups, const PlotConfig& config,
                                   const ProgressMonitor& monitor) {
  struct Drawn {
    Figure figure;
    std::vector<const RunGroup*> groups;
  };
  ThreadPool pool(config.threads);
  std::map<std::string, Drawn> by_task;
  std::int64_t runs = 0, done = 0;
  for (const RunGroup& group : groups) runs += std::ssize(group.runs);
  for (const RunGroup& group : groups) {
    std::map<double, std::vector<TargetResult>> by_target;
    std::string env;
    for (const RunFolder& run : group.runs) {
      const ProgressMonitor part = monitor.part(done++, runs, "runs");
      if (run.kind("env").empty()) continue;
      const auto response = target_response(run, config, part, pool);
      if (monitor.stopped()) return {};
      if (!response) continue;
      env = response->env;
      for (const TargetResult& result : response->results) {
        if (result.return_mean) by_target[*result.target].push_back(result);
      }
    }
    if (by_target.empty()) continue;
    auto& [figure, drawn] = by_task[group.task];
    figure.name = figure_name(group.task, "targets");
    figure.title = group.task + ": target and achieved return";
    figure.x_label = "target return";
    figure.y_label = fmt::format("return ({}, mean of {} episodes)", env, config.episodes);
    figure.identity = true;
    figure.curves.push_back({"", points_of(by_target)});
    drawn.push_back(&group);
  }
  std::vector<Figure> figures;
  for (auto& [task, drawn] : by_task) {
    const bool one_each = std::ranges::all_of(
        drawn.groups, [](const RunGroup* group) { return group->runs.size() == 1; });
    name_curves(drawn.groups, one_each ? "mean ± std over episodes" : "mean ± std over seeds",
                drawn.figure);
    figures.push_back(std::move(drawn.figure));
  }
  return figures;
}

}  // namespace seqrl::tools
