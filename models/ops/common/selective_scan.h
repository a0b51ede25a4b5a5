// The sizes of the selective state space recurrence.
#pragma once

#include <cstdint>

namespace seqrl::op {

struct SelectiveScanSize {
  std::int64_t batch, time, inner, state;
};

}  // namespace seqrl::op
