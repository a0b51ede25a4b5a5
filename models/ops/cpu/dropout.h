// Dropout masks on the CPU, drawn in groups that vectorise.
#pragma once

#include <algorithm>
#include <cstdint>

#include "models/ops/common/dropout.h"
#include "models/ops/cpu/philox.h"

namespace seqrl::cpu {

// The scale of element i is 0 if it is dropped and 1/(1 − p) if it is kept (common/dropout.h).
template <typename T>
class DropoutScales {
 public:
  static constexpr std::int64_t kGroup = op::kDropoutGroup;

  explicit DropoutScales(const op::DropoutRule& rule)
      : rule_(rule), keep_(T(1) / (T(1) - T(rule.threshold) / T(65536))) {}

  // Calls visit(offset, count, scale) for successive parts of [first, first + count): element first
  // + offset + i has scale[i]. The group in which the last range ended is not drawn again.
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
    std::uint32_t words[4][kBlocks];
    philox_blocks(first, rule_.index, static_cast<std::uint32_t>(rule_.step),
                  op::last_dropout_word(rule_.step), rule_.seed, words);
    // Local copies: the loop vectorises only if the compiler sees that it does not write to them.
    const std::uint32_t threshold = rule_.threshold;
    const T keep = keep_;
    for (int word = 0; word < 4; ++word) {
      for (int block = 0; block < kBlocks; ++block) {
        const std::uint32_t bits = words[word][block];
        scale_[word * 32 + block] = (bits & 0xFFFF) < threshold ? T(0) : keep;
        scale_[word * 32 + 16 + block] = (bits >> 16) < threshold ? T(0) : keep;
      }
    }
    group_ = group;
  }

  op::DropoutRule rule_;
  T keep_;
  std::int64_t group_ = -1;
  T scale_[kGroup] = {};
};

// Calls visit(first, count, scale) over [0, n) in groups of at most 128 elements: element first + i
// has scale[i].
template <typename T, typename Visit>
void for_each_dropout_scale(const op::DropoutRule& rule, std::int64_t n, Visit&& visit) {
  DropoutScales<T> scales(rule);
  scales(0, n, visit);
}

}  // namespace seqrl::cpu
