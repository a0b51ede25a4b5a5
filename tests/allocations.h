// Counts the heap allocations of a test.
#pragma once

#include <cstdint>

namespace seqrl {

// Allocations of this process so far, through any form of new.
std::int64_t allocations();

// Whether 30 calls of step(i), i = 0, 1, …, in a row allocate nothing. The number of calls before
// them varies: on a busy machine one thread may do all the work, and another gets its first task
// late.
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
