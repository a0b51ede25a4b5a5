#include "models/training/shards.h"

#include "tests/catch.h"

using namespace seqrl;

TEST_CASE("a shard of samples with few or an unknown number of tokens is one part") {
  CHECK(parts_of_shard(8, {.tokens = 60}) == 1);
  CHECK(parts_of_shard(64, {}) == 1);
  CHECK(parts_of_shard(0, {.tokens = 4096}) == 1);
}

TEST_CASE("a part has about kTokensOfPart tokens, but at least at_once samples if possible") {
  CHECK(parts_of_shard(32, {.tokens = 64}) == 4);
  CHECK(parts_of_shard(8, {.tokens = 256}) == 4);
  CHECK(parts_of_shard(32, {.tokens = 4096}) == 32);
  CHECK(parts_of_shard(32, {.tokens = 4096, .at_once = 8}) == 4);
  CHECK(parts_of_shard(4, {.tokens = 4096, .at_once = 8}) == 1);
}

TEST_CASE("the parts of all shards cover the batch in order without crossing shards") {
  for (const std::int64_t batch : {1, 7, 30, 64}) {
    for (const std::int64_t shards : {1, 3, 7}) {
      if (shards > batch) continue;
      const std::int64_t parts = parts_of_shard(batch / shards, {.tokens = 200});
      std::int64_t next = 0;
      for (std::int64_t i = 0; i < shards * parts; ++i) {
        const Shard part = shard_of(batch, i, shards * parts);
        const Shard shard = shard_of(batch, i / parts, shards);
        CHECK(part.first == next);
        CHECK(part.first >= shard.first);
        CHECK(part.last <= shard.last);
        CHECK(part.size() >= 1);
        next = part.last;
      }
      CHECK(next == batch);
    }
  }
}
