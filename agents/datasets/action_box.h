// The box of actions that an agent learns to act in.
#pragma once

#include <string>
#include <vector>

#include "agents/datasets/trajectories.h"
#include "envs/space.h"

namespace seqrl {

struct ActionBox {
  std::vector<double> low, high;  // (action_dim), in the environment's units
  std::string note = {};          // what is assumed, for people; "" where the environment says it
};

// Whether dimension i of an action space is a range to act in: low ≤ high, both within ±1e10.
bool is_bounded(const Space& actions, std::size_t i);

// That of the environment, if there is one, which `data`'s actions fit; for dimensions without
// bounds that which the dataset states. Where neither knows, the range of the data's actions
// counts; where those lie within ±1 and come close to it, they were scaled already, and the range
// is ±1.
ActionBox action_box(const Space* environment, const Trajectories& data);

}  // namespace seqrl
