// The seeds of episodes.
#pragma once

#include <cstdint>

#include "configs/base/random.h"

namespace seqrl {

// The uses of episodes: different uses start from independent states. The values are part of every
// recorded result.
enum class EpisodeUse : std::uint64_t { evaluation = 0, collection = 1, training = 2 };

// The seed of the reset of episode 0, 1, ….
inline std::uint64_t episode_seed(std::uint64_t seed, EpisodeUse use, std::int64_t episode) {
  return Random(seed, Purpose::reset, static_cast<std::uint64_t>(use),
                static_cast<std::uint32_t>(episode))
      .below(1ull << 53);
}

}  // namespace seqrl
