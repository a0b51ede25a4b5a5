// A point on a line is pushed towards zero.
#pragma once

#include <memory>

#include "envs/env.h"

namespace seqrl {

// Observation (1): the position, in [-10, 10]. Action (1): a step, in [-1, 1]. Reward: minus the
// distance from zero. Never terminates; 20 steps at most.
std::unique_ptr<Env> make_toy_point();

}  // namespace seqrl
