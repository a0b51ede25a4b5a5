// Checks that numbers are finite.
#pragma once

#include <bit>
#include <cstdint>
#include <span>

namespace seqrl {

// Without a branch per number, so that it vectorises: an exponent of all ones is NaN or infinity.
inline bool all_finite(std::span<const float> values) {
  std::uint32_t found = 0;
  for (const float value : values) {
    found |= std::uint32_t{(std::bit_cast<std::uint32_t>(value) & 0x7F800000u) == 0x7F800000u};
  }
  return found == 0;
}

}  // namespace seqrl
