// A named number of a run.
#pragma once

#include <string>

namespace seqrl {

struct Metric {
  std::string name;  // "loss", "evaluation/window/3600/score"
  double value = 0;
};

}  // namespace seqrl
