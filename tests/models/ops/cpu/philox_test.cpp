#include "models/ops/cpu/philox.h"

#include "tests/catch.h"

using namespace seqrl;

TEST_CASE("parallel Philox blocks match blocks computed one by one") {
  for (const std::uint32_t first : {0u, 7u, 0xFFFFFFF8u}) {
    for (const std::uint64_t key : {std::uint64_t{1}, std::uint64_t{0xFEDCBA9876543210}}) {
      std::uint32_t words[4][cpu::kPhiloxBlocks];
      cpu::philox_blocks(first, 0x12345678, 0xFFFFFFFF, 3, key, words);
      for (std::uint32_t block = 0; block < cpu::kPhiloxBlocks; ++block) {
        const auto expected = philox({first + block, 0x12345678, 0xFFFFFFFF, 3}, key);
        for (std::size_t word = 0; word < 4; ++word) CHECK(words[word][block] == expected[word]);
      }
    }
  }
}
