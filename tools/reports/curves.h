// The figures that `seqrl plot` draws of runs.
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

// A metric of metrics.jsonl over steps, a figure for each task; the mean and the standard deviation
// over the runs of a group, at the steps which all of them have.
std::vector<Figure> metric_figures(const std::vector<RunGroup>& groups, const std::string& metric);

// The measure that stands for a run (main_measure) over steps, likewise.
std::vector<Figure> score_figures(const std::vector<RunGroup>& groups);

// Does the agent obey the target? The return over the target asked for, a figure for each
// environment: plays episodes with each run's checkpoint. Runs of agents without targets, or
// of no environment, are left out. Nothing more once the monitor stops it.
std::vector<Figure> target_figures(const std::vector<RunGroup>& groups, const PlotConfig& config,
                                   const ProgressMonitor& monitor);

// What people call a measure of an evaluation: "window/3600/score" is "normalised score (window,
// target 3600)".
std::string measure_label(const std::string& measure);

// A name for a figure's files.
std::string figure_name(const std::string& task, const std::string& what);

// Names the curves, one for each group, and says above their names what they share and what `band`
// is, where there are any.
void name_curves(const std::vector<const RunGroup*>& groups, const std::string& band,
                 Figure& figure);

// All that the config asks for and the runs have. Where the episodes of "targets" cannot be played,
// as in the environment of somebody's program, `notes` says why, unless nothing else was asked for.
struct Figures {
  std::vector<Figure> figures;
  std::vector<std::string> notes;
};
Figures make_figures(const std::vector<RunGroup>& groups, const PlotConfig& config,
                     const ProgressMonitor& monitor);

}  // namespace seqrl::tools
