// Properties of a dataset that require a scan of all transitions (see scan.h).
#pragma once

#include <cstdint>
#include <vector>

namespace seqrl {

// The smallest and the largest number of each dimension.
struct ActionRange {
  std::vector<float> low, high;
};

// A prepared file (prepared_file.h) stores it, so that a start need not scan.
struct DatasetScan {
  std::int64_t zero_rows = 0;
  std::int64_t repeated_episodes = 0;
  ActionRange actions;
  float largest_return_to_go = 0;
};

}  // namespace seqrl
