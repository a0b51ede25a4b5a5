// The speed of a bare Python loop, to compare kind gymnasium with.
#pragma once

#include <cstdint>

#include "envs/gymnasium/gymnasium_options.h"

namespace seqrl {

// Steps per second of `processes` processes. Each runs a loop of reset, step and random actions
// drawn beforehand, as users of Gymnasium write it, over `envs` environments in turn. Takes at
// least `steps` in all.
double python_loop_speed(const GymnasiumOptions& options, std::int64_t steps, int processes,
                         int envs);

}  // namespace seqrl
