// Splits a batch into shards, with separate gradients, and a shard into parts.
#pragma once

#include <algorithm>
#include <cstdint>

#include "models/core/alignment.h"
#include "models/training/objective.h"

namespace seqrl {

// The approximate number of tokens of a part. The values that forward keeps for backward then stay
// in the processor's caches.
inline constexpr std::int64_t kTokensOfPart = 512;

// The number of parts in which a shard of about `samples` samples is processed, one after the
// other: 1 if it is short or the size of a sample is not known.
constexpr std::int64_t parts_of_shard(std::int64_t samples, SampleSize sample) {
  return std::clamp<std::int64_t>(divide_up(samples * sample.tokens, kTokensOfPart), 1,
                                  std::max<std::int64_t>(1, samples / sample.at_once));
}

// Part number `index` of `count` parts of a batch, equal to within one sample.
constexpr Shard shard_of(std::int64_t batch, std::int64_t index, std::int64_t count) {
  return {static_cast<int>(index), batch * index / count, batch * (index + 1) / count};
}

}  // namespace seqrl
