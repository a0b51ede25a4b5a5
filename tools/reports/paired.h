// Paired comparisons: what a learner has more than another on the same task with the same seed.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tools/reports/statistics.h"

namespace seqrl::tools {

// Of one learner: its values by task and seed.
using ValuesByPair = std::map<std::pair<std::string, std::string>, double>;

struct PairedDifference {
  std::size_t tasks = 0, pairs = 0;
  double iqm = 0;                    // of the differences
  std::optional<Interval> interval;  // of it, each task a stratum; from two pairs
  double above = 0;  // the share of pairs in which it has more; equal ones count half
};

// Over the tasks and seeds that both have; nothing where there are none. Seeds pair what they
// share: the order of the batches.
std::optional<PairedDifference> paired_difference(const ValuesByPair& learner,
                                                  const ValuesByPair& baseline,
                                                  std::int64_t resamples, std::uint64_t seed);

}  // namespace seqrl::tools
