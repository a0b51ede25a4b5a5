// Several datasets of one environment as one.
#pragma once

#include <span>
#include <vector>

#include "agents/datasets/trajectories.h"

namespace seqrl {

// The episodes of all sets, in order; those of set i get the weight weights[i], 1 if there are no
// weights. A single set stays as it is. An Error of kind user names two sets if their observations
// or actions differ, or, unless `any_env`, if they state different environments. It temporarily
// takes twice the memory of all sets.
Trajectories merge(std::vector<Trajectories> sets, std::span<const double> weights, bool any_env);

}  // namespace seqrl
