// Noise on the positions and velocities that an episode starts with.
#pragma once

#include <span>

#include "configs/base/random.h"

namespace seqrl {

// Adds to each number one that is uniform within ± scale.
inline void add_uniform(Random& random, std::span<double> numbers, double scale) {
  for (double& x : numbers) x += random.uniform(-scale, scale);
}

// Adds to each number scale times a standard normal one.
inline void add_normal(Random& random, std::span<double> numbers, double scale) {
  for (double& x : numbers) x += scale * random.normal();
}

}  // namespace seqrl
