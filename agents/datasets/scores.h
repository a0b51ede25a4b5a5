// D4RL's normalised scores: 0 is the return of a random policy, 100 that of an expert.
// Source: Fu et al., "D4RL", arXiv 2004.07219, and its reference returns.
#pragma once

#include <optional>
#include <string_view>

namespace seqrl {

// The returns that score 0 and 100.
struct ReferenceReturns {
  double random, expert;

  // 100 · (episode_return − random) / (expert − random).
  double normalized(double episode_return) const {
    return 100.0 * (episode_return - random) / (expert - random);
  }
};

// The reference returns of an environment, or nothing where D4RL has none.
std::optional<ReferenceReturns> reference_returns(std::string_view env);

}  // namespace seqrl
