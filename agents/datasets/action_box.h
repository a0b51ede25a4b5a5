// The actions that an agent learns to act in: a box or choices.
#pragma once

#include <string>
#include <vector>

#include "agents/datasets/trajectories.h"
#include "envs/space.h"

namespace seqrl {

// The range of each dimension of an action. Of choices, their indices: 0 to choices − 1.
struct ActionBox {
  std::vector<double> low, high;  // (action_dim), in the environment's units
  int choices = 0;                // 0: a box
  std::string note = {};          // what is assumed, for people; "" where the environment says it
};

// Whether dimension i of an action space is a range to act in: low ≤ high, both within ±1e10.
bool is_bounded(const Space& actions, std::size_t i);

// The box of the environment, or null, which has as many action dimensions as `data`. A dimension
// without bounds there has those that the dataset states. Where neither has bounds, the box is the
// range of the data's actions, or ±1 where they lie within ±1 and come close to it: then they were
// scaled already.
//
// An environment or, where there is none, a dataset may have choices. An Error of kind user where
// the data's actions are not of the environment's kind: none of its choices, or choices where it
// has a box. Whole numbers are taken for choices where the environment has them.
ActionBox action_box(const Space* environment, const Trajectories& data);

}  // namespace seqrl
