// A split of a dataset into episodes to train on and episodes held out for validation.
#pragma once

#include <cstdint>

#include "agents/datasets/trajectories.h"

namespace seqrl {

struct HoldOut {
  Trajectories training, held_out;
};

// Holds out whole episodes, drawn by `seed`: the given fraction of them (0 to 1), rounded; at least
// one is held out and at least one remains for training. Both parts keep the order of their
// episodes. An Error of kind user if there are fewer than two.
HoldOut hold_out(const Trajectories& data, double fraction, std::uint64_t seed);

}  // namespace seqrl
