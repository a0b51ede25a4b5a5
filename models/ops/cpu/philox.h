// Philox blocks in parallel.
#pragma once

#include <cstdint>

#include "configs/base/random.h"

#if defined(__AVX512F__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpragmas"
#pragma GCC diagnostic ignored "-Wunknown-warning-option"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"  // GCC 12, falsely
#pragma GCC diagnostic ignored "-Wuninitialized"
#include <immintrin.h>
#pragma GCC diagnostic pop
#endif

namespace seqrl::cpu {

inline constexpr int kPhiloxBlocks = 16;

// words[w][b] is word w of philox({first + b, c1, c2, c3}, key).
#if defined(__AVX512F__)
inline void philox_blocks(std::uint32_t first, std::uint32_t c1, std::uint32_t c2, std::uint32_t c3,
                          std::uint64_t key, std::uint32_t (&words)[4][kPhiloxBlocks]) {
  // Compilers implement 32 by 32 bits as 64 by 64, three times as slow: multiply even and odd lanes
  // separately.
  const auto multiply = [](__m512i x, std::uint32_t factor, __m512i& high, __m512i& low) {
    const __m512i by = _mm512_set1_epi64(factor);
    const __m512i even = _mm512_mul_epu32(x, by);
    const __m512i odd = _mm512_mul_epu32(_mm512_srli_epi64(x, 32), by);
    constexpr __mmask16 kOdd = 0xAAAA;
    high = _mm512_mask_mov_epi32(_mm512_srli_epi64(even, 32), kOdd, odd);
    low = _mm512_mask_mov_epi32(even, kOdd, _mm512_slli_epi64(odd, 32));
  };
  const __m512i lanes = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  const auto all = [](std::uint32_t x) { return _mm512_set1_epi32(static_cast<int>(x)); };
  __m512i x0 = _mm512_add_epi32(all(first), lanes), x1 = all(c1), x2 = all(c2), x3 = all(c3);
  auto key0 = static_cast<std::uint32_t>(key), key1 = static_cast<std::uint32_t>(key >> 32);
  for (int round = 0; round < 10; ++round) {
    __m512i high0, low0, high1, low1;
    multiply(x0, 0xD2511F53, high0, low0);
    multiply(x2, 0xCD9E8D57, high1, low1);
    x0 = _mm512_xor_si512(_mm512_xor_si512(high1, x1), all(key0));
    x1 = low1;
    x2 = _mm512_xor_si512(_mm512_xor_si512(high0, x3), all(key1));
    x3 = low0;
    key0 += 0x9E3779B9;
    key1 += 0xBB67AE85;
  }
  _mm512_storeu_si512(words[0], x0);
  _mm512_storeu_si512(words[1], x1);
  _mm512_storeu_si512(words[2], x2);
  _mm512_storeu_si512(words[3], x3);
}
#else
inline void philox_blocks(std::uint32_t first, std::uint32_t c1, std::uint32_t c2, std::uint32_t c3,
                          std::uint64_t key, std::uint32_t (&words)[4][kPhiloxBlocks]) {
  for (int block = 0; block < kPhiloxBlocks; ++block) {
    const auto bits = philox({first + static_cast<std::uint32_t>(block), c1, c2, c3}, key);
    for (int word = 0; word < 4; ++word) words[word][block] = bits[static_cast<unsigned>(word)];
  }
}
#endif

}  // namespace seqrl::cpu
