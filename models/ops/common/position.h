// The position of a chunk's beginning in its sequence.
#pragma once

#include <cstdint>

namespace seqrl {

// The number of tokens before a chunk: a number known to the host or, so that a device can repeat
// the same work at every position, the number in device memory when the device runs that work.
struct Position {
  // Not explicit: a plain number converts to a Position.
  constexpr Position(std::int64_t on_host = 0, const std::int64_t* in_memory = nullptr)
      : number(on_host), on_device(in_memory) {}

  std::int64_t number;            // used if `on_device` is null
  const std::int64_t* on_device;  // in the memory of Device::cuda
};

}  // namespace seqrl
