// A fast hash for comparing contents.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace seqrl {

// 64 bits from four lanes of multiply and rotate, about 10 GB/s. Not cryptographic: it detects
// damage, but not forgery. Checkpoints store its results, so the function must never change.
class Hash64 {
 public:
  // Adds the bytes of the values, then their count.
  template <typename T>
  void add(std::span<const T> values) {
    const std::size_t bytes = values.size_bytes();
    const auto* data = reinterpret_cast<const char*>(values.data());
    std::size_t i = 0;
    for (; i + 32 <= bytes; i += 32) {
      std::uint64_t words[4];
      std::memcpy(words, data + i, sizeof words);
      for (int lane = 0; lane < 4; ++lane) mix(lane, words[lane]);
    }
    for (; i < bytes; i += 4) {
      std::uint32_t word = 0;
      std::memcpy(&word, data + i, bytes - i < 4 ? bytes - i : 4);
      mix(0, word);
    }
    add(values.size());
  }
  void add(std::uint64_t value) { mix(1, value); }

  std::uint64_t result() const {
    std::uint64_t hash = 0;
    for (const std::uint64_t lane : lanes_) {
      hash = (hash ^ lane) * kOdd;
      hash ^= hash >> 32;
    }
    return hash;
  }

 private:
  static constexpr std::uint64_t kOdd = 0x9E3779B97F4A7C15;  // 2^64 / golden ratio
  void mix(int lane, std::uint64_t word) {
    std::uint64_t& state = lanes_[lane];
    state = std::rotl((state ^ word) * kOdd, 29);
  }
  std::uint64_t lanes_[4] = {1, 2, 3, 4};
};

}  // namespace seqrl
