// How a batch is cut: into shards, whose gradients are kept apart, and a shard into parts.
#pragma once

#include <algorithm>
#include <cstdint>

#include "models/core/alignment.h"
#include "models/training/objective.h"

namespace seqrl {

// Tokens of a part, about: what forward keeps of so many for backward stays in a processor's
// caches.
inline constexpr std::int64_t kTokensOfPart = 512;

// Parts that a shard of about `samples` samples goes through, one after the other: 1 where it is
// short, or the size of a sample is not known.
constexpr std::int64_t parts_of_shard(std::int64_t samples, SampleSize sample) {
  return std::clamp<std::int64_t>(divide_up(samples * sample.tokens, kTokensOfPart), 1,
                                  std::max<std::int64_t>(1, samples / sample.at_once));
}

// Number `index` of `count` equal parts of a batch, to within a sample.
constexpr Shard shard_of(std::int64_t batch, std::int64_t index, std::int64_t count) {
  return {static_cast<int>(index), batch * index / count, batch * (index + 1) / count};
}

}  // namespace seqrl
