// Several datasets of one environment as one.
#pragma once

#include <span>
#include <vector>

#include "agents/datasets/trajectories.h"

namespace seqrl {

// The episodes of all of them, in order; those of set i get the weight weights[i], 1 where there
// are no weights. One set alone stays as it is. An Error of kind user that names two of them where
// observations or actions differ, or, unless `any_env`, where they say that they are of different
// environments. For a moment it takes the memory of all sets twice.
Trajectories merge(std::vector<Trajectories> sets, std::span<const double> weights, bool any_env);

}  // namespace seqrl
