// The scaling of a dataset's numbers for a network.
#pragma once

#include "agents/datasets/action_scale.h"
#include "agents/datasets/normalization.h"
#include "agents/datasets/trajectories.h"

namespace seqrl {

// How a dataset's observations, actions and returns are scaled to a network's inputs and targets.
struct DataScale {
  Normalization observations;
  ActionScale actions = {};
  double returns = 1;  // returns-to-go are divided by this

  // Observations normalised by the data's own statistics, actions unchanged or, for choices,
  // one-hot, returns divided by `returns`, which is positive.
  static DataScale of(const Trajectories& data, double returns) {
    return {
        {data.observation_mean(), data.observation_std()},
        data.action_choices() > 0 ? ActionScale::of_choices(data.action_choices()) : ActionScale(),
        returns};
  }
};

}  // namespace seqrl
