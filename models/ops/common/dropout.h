// The rule by which dropout keeps elements: a function of a key and an element's number.
//
// Philox draws for groups of 128 elements. Element e of a group takes 16 bits of the block with
// counter group · 16 + e % 16: word e / 32, the lower half if e / 16 is even, the upper if odd. It
// is dropped if they are below the threshold. The CPU and CUDA draw the same mask.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "configs/base/random.h"
#include "models/core/dropout_key.h"

namespace seqrl::op {

inline constexpr int kDropoutGroup = 128, kDropoutLanes = 16;

// One use of dropout: p, rounded to 1/65536, is the probability that an element is dropped. A pass
// over all shards at once draws for each shard from the shard's own stream, like a pass over that
// shard alone.
struct DropoutRule {
  std::uint64_t seed, step;
  const std::uint64_t* step_on_device;  // used instead of step if not null
  std::uint32_t index, threshold;
  double scale;                // of the kept elements
  float single_scale;          // scale for kernels, to avoid a conversion for every element
  std::int64_t shards, batch;  // shard s has the samples [batch·s / shards, batch·(s + 1) / shards)

  DropoutRule(const DropoutKey& key, double p)
      : seed(key.seed),
        step(key.step),
        step_on_device(key.step_on_device),
        index(key.index),
        threshold(static_cast<std::uint32_t>(std::lround(p * 65536))),
        scale(1 / (1 - threshold / 65536.0)),
        single_scale(static_cast<float>(scale)),
        shards(std::max<std::int64_t>(1, key.shards)),
        batch(key.shards > 0 ? key.batch : 1) {}
};

// The last word of Philox's counter; the words before it are the block, the index and the step's
// lower half.
constexpr std::uint32_t last_dropout_word(std::uint64_t step) {
  return static_cast<std::uint32_t>(step >> 32 & 0xFFFFFF) |
         static_cast<std::uint32_t>(Purpose::dropout) << 24;
}

}  // namespace seqrl::op
