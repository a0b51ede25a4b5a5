// Which elements dropout keeps, on CUDA: the same as cpu/dropout.h, whose rule this is.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "models/core/tape.h"

namespace seqrl::cuda {

// The elements of one use of dropout. A pass over all shards at once draws for each shard from its
// own stream, as a pass over that shard alone does.
struct DropoutRule {
  std::uint64_t seed, step;
  const std::uint64_t* step_on_device;  // instead of step, where it is not null
  std::uint32_t index, threshold;
  double scale;                // of what is kept
  std::int64_t shards, batch;  // shard s has the samples [batch·s / shards, batch·(s + 1) / shards)

  DropoutRule(const Tape::DropoutKey& key, double p)
      : seed(key.seed),
        step(key.step),
        step_on_device(key.step_on_device),
        index(key.index),
        threshold(static_cast<std::uint32_t>(std::lround(p * 65536))),
        scale(1 / (1 - threshold / 65536.0)),
        shards(std::max<std::int64_t>(1, key.shards)),
        batch(key.shards > 0 ? key.batch : 1) {}
};

}  // namespace seqrl::cuda
