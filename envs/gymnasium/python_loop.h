// The speed of a loop of Python's alone: what kind gymnasium is measured against.
#pragma once

#include <cstdint>

#include "envs/gymnasium/gymnasium_options.h"

namespace seqrl {

// Steps a second of so many processes, each with a loop of reset, step and random actions drawn
// beforehand, as users of Gymnasium write it, over `envs` environments in turn. At least `steps` in
// all.
double python_loop_speed(const GymnasiumOptions& options, std::int64_t steps, int processes,
                         int envs);

}  // namespace seqrl
