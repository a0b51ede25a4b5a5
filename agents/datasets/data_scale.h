// The scaling of a dataset's numbers to what a network sees.
#pragma once

#include "agents/datasets/action_scale.h"
#include "agents/datasets/normalization.h"
#include "agents/datasets/trajectories.h"

namespace seqrl {

// How observations, actions and returns of a dataset become a network's inputs and targets.
struct DataScale {
  Normalization observations;
  ActionScale actions = {};
  double returns = 1;  // what returns-to-go are divided by

  // Observations normalised by the data's own statistics, actions as they are or, of choices,
  // one-hot, returns divided by `returns`, which is positive.
  static DataScale of(const Trajectories& data, double returns) {
    return {
        {data.observation_mean(), data.observation_std()},
        data.action_choices() > 0 ? ActionScale::of_choices(data.action_choices()) : ActionScale(),
        returns};
  }
};

}  // namespace seqrl
