// The position in its sequence at which a chunk begins.
#pragma once

#include <cstdint>

namespace seqrl {

// The number of tokens before a chunk: as the host knows it or, so that a device can do the same
// work again at every position, as the device's memory holds it when it comes to that work.
struct Position {
  // Not explicit: a plain number is one.
  constexpr Position(std::int64_t on_host = 0, const std::int64_t* in_memory = nullptr)
      : number(on_host), on_device(in_memory) {}

  std::int64_t number;            // where `on_device` is null
  const std::int64_t* on_device;  // in the memory of Device::cuda
};

}  // namespace seqrl
