// What a test asked of the heap.
#pragma once

#include <cstdint>

namespace seqrl {

// Allocations of this process so far, by any form of new.
std::int64_t allocations();

// Whether there come 30 calls of step(i), i = 0, 1, …, in a row that allocate nothing. How many
// come before depends on how long a busy machine lets one thread do all the work: another then
// meets its first task late.
template <typename Step>
bool stops_allocating(Step&& step, std::int64_t most = 2000) {
  int quiet = 0;
  for (std::int64_t i = 0; i < most && quiet < 30; ++i) {
    const std::int64_t before = allocations();
    step(i);
    quiet = allocations() == before ? quiet + 1 : 0;
  }
  return quiet == 30;
}

}  // namespace seqrl
