// The speed of an environment alone: what an evaluation is measured against.
#pragma once

#include <cstdint>

#include "envs/env_options.h"

namespace seqrl {

struct SteppingSpeed {
  std::int64_t steps = 0;  // taken, by all threads
  double seconds = 0;
  double steps_per_second = 0;
};

// The environments of a batch.
inline constexpr int kSteppedTogether = 64;

// How fast the environment steps with nothing around it. Each thread steps one environment, or a
// batch of them where they are made to be stepped together, with uniform random actions, drawn
// beforehand, and starts over when an episode is done. At least `steps`, rounded up to the same
// number on every thread. threads = 0: one a processor. An Error of
// kind user for steps below 1 or threads below 0.
SteppingSpeed measure_stepping(const EnvSection& env, std::int64_t steps, int threads = 0);

}  // namespace seqrl
