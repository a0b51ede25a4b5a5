// Noise on an episode's start positions and velocities.
#pragma once

#include <span>

#include "configs/base/random.h"

namespace seqrl {

// Adds a uniform number within ± scale to each number.
inline void add_uniform(Random& random, std::span<double> numbers, double scale) {
  for (double& x : numbers) x += random.uniform(-scale, scale);
}

// Adds scale times a standard normal number to each number.
inline void add_normal(Random& random, std::span<double> numbers, double scale) {
  for (double& x : numbers) x += scale * random.normal();
}

}  // namespace seqrl
