// Labels of a figure's curves. They name only what differs among the runs.
#pragma once

#include <string>
#include <vector>

#include "tools/reports/run_groups.h"

namespace seqrl::tools {

struct CurveLabels {
  std::vector<std::string> labels;  // of the groups, in their order
  std::string common;               // what their seeds have in common: "3 seeds"; or ""
};

// "mamba lr=0.001, 3 seeds": the learner if there are several or no setting differs; the settings
// that differ, by the last word of their keys if that is unambiguous; the seeds, unless they are
// `common`. A single group is named in full: "min_gru, seed 1".
CurveLabels label_curves(const std::vector<const RunGroup*>& groups);

}  // namespace seqrl::tools
