// Vectors as wide as this machine's registers, with the compilers' vector extensions.
#pragma once

#include <cstdint>
#include <cstring>
#include <utility>

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

// Inlined: in a program with several instruction sets, a vector is never passed from one to
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

// 16 numbers in registers, on any machine, in as many vectors as that takes.
inline constexpr int kPackLanes = 16;
template <typename T>
struct Pack {
  static constexpr int kParts = kPackLanes / kLanes<T>;
  Vector<T> part[kParts];
};

template <typename T>
[[gnu::always_inline]] inline Pack<T> operator+(Pack<T> a, const Pack<T>& b) {
#pragma GCC unroll 8
  for (int i = 0; i < Pack<T>::kParts; ++i) a.part[i] += b.part[i];
  return a;
}

template <typename T>
[[gnu::always_inline]] inline Pack<T> operator*(Pack<T> a, const Pack<T>& b) {
#pragma GCC unroll 8
  for (int i = 0; i < Pack<T>::kParts; ++i) a.part[i] *= b.part[i];
  return a;
}

template <typename T>
[[gnu::always_inline]] inline Pack<T> operator*(Pack<T> a, T b) {
#pragma GCC unroll 8
  for (int i = 0; i < Pack<T>::kParts; ++i) a.part[i] *= b;
  return a;
}

template <typename T>
[[gnu::always_inline]] inline Pack<T> load_pack(const T* p) {
  Pack<T> result;
#pragma GCC unroll 8
  for (int i = 0; i < Pack<T>::kParts; ++i) result.part[i] = load(p + i * kLanes<T>);
  return result;
}

template <typename T>
[[gnu::always_inline]] inline void store(T* p, const Pack<T>& pack) {
#pragma GCC unroll 8
  for (int i = 0; i < Pack<T>::kParts; ++i) store(p + i * kLanes<T>, pack.part[i]);
}

// Adds the upper half of a vector's first 2·Half lanes to the lower half, down to one lane.
template <typename T, int Half, int... Lane>
[[gnu::always_inline]] inline T fold(Vector<T> v, std::integer_sequence<int, Lane...> lanes) {
  v += __builtin_shufflevector(v, v, ((Lane + Half) % kLanes<T>)...);
  if constexpr (Half > 1) {
    return fold<T, Half / 2>(v, lanes);
  } else {
    return v[0];
  }
}

// The sum of 16 numbers: each of the first eight is added to the one eight places later, and so on.
template <typename T>
[[gnu::always_inline]] inline T pairwise_sum(Pack<T> pack) {
#pragma GCC unroll 8
  for (int half = Pack<T>::kParts / 2; half > 0; half /= 2) {
#pragma GCC unroll 8
    for (int i = 0; i < half; ++i) pack.part[i] += pack.part[i + half];
  }
  return fold<T, kLanes<T> / 2>(pack.part[0], std::make_integer_sequence<int, kLanes<T>>());
}

// Σ term(i) for i in [0, n), always in the same order: 16 interleaved sums, added up pairwise. The
// order is explicit because it must not depend on alignment or on a row's place in a batch.
template <typename T, typename Term>
T ordered_sum(std::int64_t n, Term&& term) {
  T sums[kPackLanes] = {};
  std::int64_t i = 0;
  for (; i + kPackLanes <= n; i += kPackLanes) {
    for (int lane = 0; lane < kPackLanes; ++lane) sums[lane] += term(i + lane);
  }
  for (int lane = 0; i + lane < n; ++lane) sums[lane] += term(i + lane);
  return pairwise_sum(load_pack(sums));
}

}  // namespace seqrl::cpu
