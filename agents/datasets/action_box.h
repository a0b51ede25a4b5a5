// The action space of an agent: a box or choices.
#pragma once

#include <string>
#include <vector>

#include "agents/datasets/trajectories.h"
#include "envs/space.h"

namespace seqrl {

// The range of each dimension of an action. For choices, the range of their indices: 0 to choices −
// 1.
struct ActionBox {
  std::vector<double> low, high;  // (action_dim), in the environment's units
  int choices = 0;                // how many choices there are; 0 for a box
  std::string note = {};          // the assumption made, as readable text; "" if the environment
                                  // states it
};

// Whether dimension i of an action space has a usable range: low ≤ high, both within ±1e10.
bool is_bounded(const Space& actions, std::size_t i);

// The box of the environment, which has as many action dimensions as `data`, or is null. A
// dimension without bounds there has the bounds stated by the dataset. If neither has bounds, the
// box is the range of the data's actions, or ±1 if they lie within ±1 and come close to it: then
// they are already scaled.
//
// An environment or, without one, a dataset may have choices. An Error of kind user if the data's
// actions are not of the environment's kind: none of its choices, or choices although it has a box.
// Whole numbers count as choices if the environment has choices.
ActionBox action_box(const Space* environment, const Trajectories& data);

}  // namespace seqrl
