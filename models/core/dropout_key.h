// The name of a random stream for one use of dropout.
#pragma once

#include <cstdint>

namespace seqrl {

// The same in forward and backward when kept.
struct DropoutKey {
  std::uint64_t seed;
  std::uint64_t step;
  std::uint32_t index;
  std::int64_t shards, batch;  // as in Pass; the index goes up by 1 << 16 from shard to shard
  const std::uint64_t* step_on_device;
};

}  // namespace seqrl
