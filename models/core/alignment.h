// Memory alignment, and sizes rounded up.
#pragma once

#include <cstddef>
#include <type_traits>

namespace seqrl {

// The alignment of all tensor memory, in bytes: a cache line, and the widest vector.
inline constexpr std::size_t kMemoryAlignment = 64;

// n / each, rounded up, for n ≥ 0 and each > 0: the number of parts of size `each` that hold n.
template <typename N>
constexpr N divide_up(N n, std::type_identity_t<N> each) {
  return (n + each - 1) / each;
}

// The smallest multiple of `multiple` that is at least n, for n ≥ 0.
template <typename N>
constexpr N round_up(N n, std::type_identity_t<N> multiple) {
  return divide_up(n, multiple) * multiple;
}

}  // namespace seqrl
