// The figures of `seqrl plot`.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "configs/base/progress_monitor.h"
#include "configs/schema/fields.h"
#include "tools/reports/figure.h"
#include "tools/reports/run_groups.h"

namespace seqrl::tools {

struct PlotConfig {
  std::string output, checkpoint;
  std::vector<std::string> figures;
  std::vector<double> targets;
  std::int64_t episodes = 10;
  std::string mode;
  int threads = 0;
  void fields(Fields& field);
};

// A metric of metrics.jsonl over steps, one figure per task: the mean and the standard deviation
// over the runs of a group, at the steps that all of them have.
std::vector<Figure> metric_figures(const std::vector<RunGroup>& groups, const std::string& metric);

// The same for the main measure of a run (main_measure).
std::vector<Figure> score_figures(const std::vector<RunGroup>& groups);

// The return over the target return, one figure per environment: shows whether the agent follows
// the target. Plays episodes with each run's checkpoint. Leaves out runs of agents without targets
// and runs without an environment. Stops when the monitor stops it.
std::vector<Figure> target_figures(const std::vector<RunGroup>& groups, const PlotConfig& config,
                                   const ProgressMonitor& monitor);

// The display name of a measure of an evaluation: "window/3600/score" is "normalised score (window,
// target 3600)".
std::string measure_label(const std::string& measure);

// A name for a figure's files.
std::string figure_name(const std::string& task, const std::string& what);

// Names the curves, one per group. The text above their names says what they share and, if there
// are bands, what `band` is.
void name_curves(const std::vector<const RunGroup*>& groups, const std::string& band,
                 Figure& figure);

// All figures that the config requests and the runs have data for. If the episodes of "targets"
// cannot be played, as in an environment of the user's own program, `notes` says why, unless
// nothing else was requested.
struct Figures {
  std::vector<Figure> figures;
  std::vector<std::string> notes;
};
Figures make_figures(const std::vector<RunGroup>& groups, const PlotConfig& config,
                     const ProgressMonitor& monitor);

}  // namespace seqrl::tools
