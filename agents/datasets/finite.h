// A check that numbers are finite.
#pragma once

#include <bit>
#include <cstdint>
#include <span>

namespace seqrl {

// Whether no value is NaN or infinite (exponent all ones). There is no branch per number, so the
// loop vectorises.
inline bool all_finite(std::span<const float> values) {
  std::uint32_t found = 0;
  for (const float value : values) {
    found |= std::uint32_t{(std::bit_cast<std::uint32_t>(value) & 0x7F800000u) == 0x7F800000u};
  }
  return found == 0;
}

}  // namespace seqrl
