// The key of the random stream of one use of dropout.
#pragma once

#include <cstdint>

namespace seqrl {

// A backward rule keeps the key and draws the forward pass's mask again.
struct DropoutKey {
  std::uint64_t seed;
  std::uint64_t step;
  std::uint32_t index;
  std::int64_t shards, batch;  // as in Pass; the index goes up by 1 << 16 from shard to shard
  const std::uint64_t* step_on_device;
};

}  // namespace seqrl
