// Labels of the curves of a figure: they name what differs among the runs, and no more.
#pragma once

#include <string>
#include <vector>

#include "tools/reports/run_groups.h"

namespace seqrl::tools {

struct CurveLabels {
  std::vector<std::string> labels;  // of the groups, in their order
  std::string common;               // what they share of their seeds: "3 seeds"; or ""
};

// "mamba lr=0.001, 3 seeds": the learner where there are several, or where no setting differs; the
// settings that differ, by the last word of their keys where that is enough; the seeds, unless they
// are `common`. A lone group is named in full: "min_gru, seed 1".
CurveLabels label_curves(const std::vector<const RunGroup*>& groups);

}  // namespace seqrl::tools
