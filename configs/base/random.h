// Random numbers as a pure function of (seed, purpose, step, index): Philox4x32-10.
//
// Nothing is stored between draws, so a run resumed at step s needs only s, and any number of
// threads, or a GPU, draws the same numbers.
// Source: Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
#pragma once

#include <array>
#include <cstdint>

namespace seqrl {

// One Philox4x32-10 block: 128 random bits for a 128-bit counter and a 64-bit key.
constexpr std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> counter,
                                              std::uint64_t key) {
  std::uint32_t key0 = static_cast<std::uint32_t>(key);
  std::uint32_t key1 = static_cast<std::uint32_t>(key >> 32);
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t product0 = std::uint64_t{0xD2511F53} * counter[0];
    const std::uint64_t product1 = std::uint64_t{0xCD9E8D57} * counter[2];
    counter = {static_cast<std::uint32_t>(product1 >> 32) ^ counter[1] ^ key0,
               static_cast<std::uint32_t>(product1),
               static_cast<std::uint32_t>(product0 >> 32) ^ counter[3] ^ key1,
               static_cast<std::uint32_t>(product0)};
    key0 += 0x9E3779B9;
    key1 += 0xBB67AE85;
  }
  return counter;
}

// The purpose of a stream of numbers. Streams with different purposes are independent. Every
// recorded result depends on the values: append, never reorder.
enum class Purpose : std::uint32_t {
  initialization = 1,  // weights
  batch = 2,           // the windows of a training step
  dropout = 3,
  reset = 4,        // start states of environments
  exploration = 5,  // actions drawn by a policy
  test = 6,
  task = 7,             // examples of a supervised task
  task_evaluation = 8,  // evaluation examples of a supervised task
  policy_noise = 9,     // noise of the actions used to improve a policy
  bootstrap = 16,       // resamples of a statistic
};

// A stream of random numbers, named by (seed, purpose, step, index). constexpr
// members also run in kernels.
class Random {
 public:
  constexpr Random(std::uint64_t seed, Purpose purpose, std::uint64_t step = 0,
                   std::uint32_t index = 0)
      : seed_(seed),
        counter_{0, index, static_cast<std::uint32_t>(step),
                 static_cast<std::uint32_t>(purpose) << 24 |
                     static_cast<std::uint32_t>(step >> 32 & 0xFFFFFF)} {}

  constexpr std::uint32_t bits() {
    if (used_ == 4) {
      block_ = philox(counter_, seed_);
      ++counter_[0];
      used_ = 0;
    }
    return block_[used_++];
  }

  // Uniform in [0, 1), 53 bits.
  double uniform() {
    const std::uint64_t high = bits() >> 5, low = bits() >> 6;
    return static_cast<double>(high << 26 | low) * 0x1p-53;
  }
  double uniform(double low, double high) { return low + (high - low) * uniform(); }

  // Standard normal, by the Box-Muller method; each call uses two uniforms.
  double normal();

  // Uniform integer in [0, bound); bound > 0. The bias is below bound / 2^64.
  constexpr std::uint64_t below(std::uint64_t bound) {
    const std::uint64_t high = bits(), low = bits();
    return static_cast<std::uint64_t>((static_cast<unsigned __int128>(high << 32 | low) * bound) >>
                                      64);
  }

 private:
  std::uint64_t seed_;
  std::array<std::uint32_t, 4> counter_;
  std::array<std::uint32_t, 4> block_{};
  int used_ = 4;
};

}  // namespace seqrl
