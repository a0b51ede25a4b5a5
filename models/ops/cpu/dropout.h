// Dropout masks from Philox, in groups that vectorise.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "models/core/tape.h"
#include "models/ops/cpu/philox.h"

namespace seqrl::cpu {

// The scale of element i is 0 if it is dropped and 1/(1 − p) if it is kept. The probability is p
// rounded to 1/65536.
//
// Element e of a group of 128 takes 16 bits of the block with counter group·16 + e % 16: word
// e / 32, its lower half for (e / 16) even, the upper for odd. A GPU draws the same mask from the
// same rule.
template <typename T>
class DropoutScales {
 public:
  static constexpr std::int64_t kGroup = 128;

  DropoutScales(const Tape::DropoutKey& key, double p)
      : key_(key),
        threshold_(static_cast<std::uint32_t>(std::lround(p * 65536))),
        keep_(T(1) / (T(1) - T(threshold_) / T(65536))) {}

  // Calls visit(offset, count, scale) for successive parts of [first, first + count): the element
  // first + offset + i has scale[i]. A group that the last range ended in is not drawn again.
  template <typename Visit>
  void operator()(std::int64_t first, std::int64_t count, Visit&& visit) {
    for (std::int64_t offset = 0; offset < count;) {
      const std::int64_t group = (first + offset) / kGroup, skip = (first + offset) & (kGroup - 1);
      if (group != group_) draw(group);
      const std::int64_t part = std::min(kGroup - skip, count - offset);
      visit(offset, part, static_cast<const T*>(scale_ + skip));
      offset += part;
    }
  }

 private:
  void draw(std::int64_t group) {
    constexpr int kBlocks = kPhiloxBlocks;
    const auto first = static_cast<std::uint32_t>(group) * kBlocks;
    const auto step_high = static_cast<std::uint32_t>(key_.step >> 32 & 0xFFFFFF) |
                           static_cast<std::uint32_t>(Purpose::dropout) << 24;
    std::uint32_t words[4][kBlocks];
    philox_blocks(first, key_.index, static_cast<std::uint32_t>(key_.step), step_high, key_.seed,
                  words);
    for (int word = 0; word < 4; ++word) {
      for (int block = 0; block < kBlocks; ++block) {
        const std::uint32_t bits = words[word][block];
        scale_[word * 32 + block] = (bits & 0xFFFF) < threshold_ ? T(0) : keep_;
        scale_[word * 32 + 16 + block] = (bits >> 16) < threshold_ ? T(0) : keep_;
      }
    }
    group_ = group;
  }

  Tape::DropoutKey key_;
  std::uint32_t threshold_;
  T keep_;
  std::int64_t group_ = -1;
  T scale_[kGroup] = {};
};

// Calls visit(first, count, scale) over [0, n) in groups of at most 128 elements: element first + i
// has scale[i].
template <typename T, typename Visit>
void for_each_dropout_scale(const Tape::DropoutKey& key, double p, std::int64_t n, Visit&& visit) {
  DropoutScales<T>(key, p)(0, n, visit);
}

}  // namespace seqrl::cpu
