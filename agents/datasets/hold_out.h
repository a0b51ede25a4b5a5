// Holding episodes out of training.
#pragma once

#include <cstdint>

#include "agents/datasets/trajectories.h"

namespace seqrl {

struct HoldOut {
  Trajectories training, held_out;
};

// Sets whole episodes apart, drawn by `seed`: the given fraction of them, rounded, but at least
// one, and at least one stays. Both parts keep the order of their episodes. An Error of kind user
// where there are fewer than two.
HoldOut hold_out(const Trajectories& data, double fraction, std::uint64_t seed);

}  // namespace seqrl
