// What a test asked of the heap.
#pragma once

#include <cstdint>

namespace seqrl {

// Allocations of this process so far, by any form of new.
std::int64_t allocations();

}  // namespace seqrl
