// Dropout masks from Philox, in groups that vectorise.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "models/core/tape.h"

namespace seqrl::cpu {

// Calls visit(first, count, scale) over [0, n) in groups of at most 128 elements; scale[i] is 0 for
// a dropped element and 1/(1 − p) for a kept one. The probability is p rounded to 1/65536.
//
// Element e of a group takes 16 bits of the block with counter group·16 + e % 16: word e / 32, its
// lower half for (e / 16) even, the upper for odd. A GPU draws the same mask from the same rule.
template <typename T, typename Visit>
void for_each_dropout_scale(const Tape::DropoutKey& key, double p, std::int64_t n, Visit&& visit) {
  constexpr int kBlocks = 16, kGroup = kBlocks * 8;
  const auto threshold = static_cast<std::uint32_t>(std::lround(p * 65536));
  const T keep = T(1) / (T(1) - T(threshold) / T(65536));
  T scale[kGroup];
  std::uint32_t words[4][kBlocks];
  const auto group_key = static_cast<std::uint32_t>(key.step >> 32 & 0xFFFFFF) |
                         static_cast<std::uint32_t>(Purpose::dropout) << 24;
  for (std::int64_t first = 0; first < n; first += kGroup) {
    const auto group = static_cast<std::uint32_t>(first / kGroup);
    for (int block = 0; block < kBlocks; ++block) {
      const auto bits = philox({group * kBlocks + static_cast<std::uint32_t>(block), key.index,
                                static_cast<std::uint32_t>(key.step), group_key},
                               key.seed);
      for (int word = 0; word < 4; ++word) words[word][block] = bits[static_cast<unsigned>(word)];
    }
    for (int word = 0; word < 4; ++word) {
      for (int block = 0; block < kBlocks; ++block) {
        const std::uint32_t bits = words[word][block];
        scale[word * 32 + block] = (bits & 0xFFFF) < threshold ? T(0) : keep;
        scale[word * 32 + 16 + block] = (bits >> 16) < threshold ? T(0) : keep;
      }
    }
    visit(first, std::min<std::int64_t>(kGroup, n - first), static_cast<const T*>(scale));
  }
}

}  // namespace seqrl::cpu
