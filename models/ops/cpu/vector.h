// Vectors as wide as this machine's registers, by the compilers' vector extensions.
#pragma once

#include <cstdint>
#include <cstring>

namespace seqrl::cpu {

#if defined(__AVX512F__)
inline constexpr int kVectorBytes = 64;
inline constexpr int kVectorRegisters = 32;
#elif defined(__AVX2__)
inline constexpr int kVectorBytes = 32;
inline constexpr int kVectorRegisters = 16;
#else
inline constexpr int kVectorBytes = 16;
inline constexpr int kVectorRegisters = 16;
#endif

template <typename T>
struct VectorOf {
  typedef T type __attribute__((vector_size(kVectorBytes)));
};
template <typename T>
using Vector = typename VectorOf<T>::type;

template <typename T>
inline constexpr int kLanes = kVectorBytes / static_cast<int>(sizeof(T));

// Inlined: where a program has several instruction sets, a vector is never passed from one to
// another.
template <typename T>
[[gnu::always_inline]] inline Vector<T> load(const T* p) {
  Vector<T> v;
  std::memcpy(&v, p, sizeof v);
  return v;
}

template <typename T>
[[gnu::always_inline]] inline void store(T* p, Vector<T> v) {
  std::memcpy(p, &v, sizeof v);
}

// Σ term(i) for i in [0, n), always in the same order: 16 interleaved sums, added up pairwise. The
// order is written out because it must not depend on alignment or on where a row stands in a batch.
template <typename T, typename Term>
T ordered_sum(std::int64_t n, Term&& term) {
  constexpr int kSums = 16;
  T sums[kSums] = {};
  std::int64_t i = 0;
  for (; i + kSums <= n; i += kSums) {
    for (int lane = 0; lane < kSums; ++lane) sums[lane] += term(i + lane);
  }
  for (int lane = 0; i + lane < n; ++lane) sums[lane] += term(i + lane);
  for (int half = kSums / 2; half > 0; half /= 2) {
    for (int lane = 0; lane < half; ++lane) sums[lane] += sums[lane + half];
  }
  return sums[0];
}

}  // namespace seqrl::cpu
