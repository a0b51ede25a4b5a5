// The shares of concatenated datasets in the draws of windows.
#pragma once

#include <array>
#include <cstdint>

#include "configs/base/random.h"

namespace seqrl {

// A draw takes one of the tickets. The share of a transition gives its number of tickets. All
// arithmetic is in integers, so every device draws the same.
struct WindowShares {
  static constexpr int kMost = 32;

  struct Share {
    std::int64_t transitions = 0;
    std::int64_t tickets = 1;  // per transition
  };
  std::array<Share, kMost> shares = {};
  int count = 0;

  // All transitions are equally likely.
  static constexpr WindowShares even(std::int64_t transitions) {
    WindowShares all;
    all.shares[0] = {transitions, 1};
    all.count = 1;
    return all;
  }

  constexpr std::int64_t tickets() const {
    std::int64_t sum = 0;
    for (int i = 0; i < count; ++i) sum += shares[i].transitions * shares[i].tickets;
    return sum;
  }

  // The transition that a window begins with.
  constexpr std::int64_t draw(Random& random) const {
    auto ticket = static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(tickets())));
    std::int64_t first = 0;
    for (int i = 0; i < count; ++i) {
      const std::int64_t held = shares[i].transitions * shares[i].tickets;
      if (ticket < held) return first + ticket / shares[i].tickets;
      ticket -= held;
      first += shares[i].transitions;
    }
    return first - 1;
  }
};

}  // namespace seqrl
