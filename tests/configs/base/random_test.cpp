#include "configs/base/random.h"

#include <cmath>
#include <set>

#include "tests/catch.h"

using namespace seqrl;

TEST_CASE("philox matches its authors' known answers") {
  // Random123's kat_vectors, philox4x32 with 10 rounds.
  CHECK(philox({0, 0, 0, 0}, 0) ==
        std::array<std::uint32_t, 4>{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  CHECK(philox({~0u, ~0u, ~0u, ~0u}, ~0ull) ==
        std::array<std::uint32_t, 4>{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
}

TEST_CASE("the same key gives the same random stream, and keys do not collide") {
  std::set<std::uint32_t> first;
  for (std::uint64_t seed : {0, 1}) {
    for (Purpose purpose : {Purpose::batch, Purpose::dropout}) {
      for (std::uint64_t step : {0ull, 1ull, 1ull << 32}) {
        for (std::uint32_t index : {0u, 1u}) {
          Random a(seed, purpose, step, index), b(seed, purpose, step, index);
          const std::uint32_t bits = a.bits();
          CHECK(bits == b.bits());
          first.insert(bits);
        }
      }
    }
  }
  CHECK(first.size() == 24);
}

TEST_CASE("uniform, normal and below have the right moments") {
  Random random(7, Purpose::test);
  double uniform = 0, normal = 0, square = 0;
  int counts[5] = {};
  const int n = 100000;
  for (int i = 0; i < n; ++i) {
    const double u = random.uniform(), z = random.normal();
    REQUIRE((u >= 0 && u < 1));
    uniform += u / n, normal += z / n, square += z * z / n;
    ++counts[random.below(5)];
  }
  CHECK(std::abs(uniform - 0.5) < 0.005);
  CHECK(std::abs(normal) < 0.015);
  CHECK(std::abs(square - 1) < 0.02);
  for (int count : counts) CHECK(std::abs(count - n / 5) < 600);
}
