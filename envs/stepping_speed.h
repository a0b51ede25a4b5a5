// The speed of an environment alone, to compare an evaluation with.
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

// Measures how fast the environment steps without other work. Each thread steps one environment, or
// a batch if its kind is stepped together, with uniform random actions drawn beforehand. Finished
// episodes are restarted. Takes at least `steps`, rounded up to the same number on every thread.
// threads = 0: one per processor. An Error of kind user for steps below 1 or threads below 0.
SteppingSpeed measure_stepping(const EnvSection& env, std::int64_t steps, int threads = 0);

}  // namespace seqrl
