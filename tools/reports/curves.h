// What there is to plot of runs.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "configs/fields.h"
#include "tools/reports/figure.h"
#include "tools/reports/run_groups.h"

namespace seqrl {

struct PlotConfig {
  std::string output;
  std::vector<std::string> figures = {"loss", "score", "targets"};
  std::vector<double> targets;
  std::int64_t episodes = 10;
  std::string mode;
  int threads = 0;
  void fields(Fields& field);
};

// The loss over steps, a figure for each task; the mean and the standard deviation over the runs of
// a group, at the steps which all of them have.
std::vector<Figure> loss_figures(const std::vector<RunGroup>& groups);

// The measure that stands for a run (main_measure) over steps, likewise.
std::vector<Figure> score_figures(const std::vector<RunGroup>& groups);

// Does the agent obey the target? The return over the target asked for, a figure for each
// environment: plays episodes with each run's last checkpoint. Runs of agents without targets, or
// of no environment, are left out. Nothing more once `stop` is true.
std::vector<Figure> target_figures(const std::vector<RunGroup>& groups, const PlotConfig& config,
                                   const std::function<bool()>& stop);

// All that the config asks for and the runs have. Where the episodes of "targets" cannot be played,
// as in the environment of somebody's program, `notes` says why, unless nothing else was asked for.
struct Figures {
  std::vector<Figure> figures;
  std::vector<std::string> notes;
};
Figures make_figures(const std::vector<RunGroup>& groups, const PlotConfig& config,
                     const std::function<bool()>& stop);

}  // namespace seqrl
