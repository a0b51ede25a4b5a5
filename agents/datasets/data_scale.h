// A dataset's numbers as a network sees them.
#pragma once

#include "agents/datasets/action_scale.h"
#include "agents/datasets/normalization.h"
#include "agents/datasets/trajectories.h"

namespace seqrl {

struct DataScale {
  Normalization observations;
  ActionScale actions = {};
  double returns = 1;  // what returns-to-go are divided by

  // Observations normalised by the data's own statistics, actions as they are.
  static DataScale of(const Trajectories& data, double returns) {
    return {{data.observation_mean(), data.observation_std()}, {}, returns};
  }
};

}  // namespace seqrl
