// Paired comparisons: the difference between two learners on the same task with the same seed.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tools/reports/statistics.h"

namespace seqrl::tools {

// One learner's values by task and seed.
using ValuesByPair = std::map<std::pair<std::string, std::string>, double>;

struct PairedDifference {
  std::size_t tasks = 0, pairs = 0;
  double iqm = 0;                    // of the differences
  std::optional<Interval> interval;  // of the iqm, each task a stratum; from two pairs
  double above = 0;  // the share of pairs in which the learner has more; ties count half
};

// Over the tasks and seeds that both have; nothing if there are none. Runs of the same seed are
// paired because they share the order of the batches.
std::optional<PairedDifference> paired_difference(const ValuesByPair& learner,
                                                  const ValuesByPair& baseline,
                                                  std::int64_t resamples, std::uint64_t seed);

}  // namespace seqrl::tools
