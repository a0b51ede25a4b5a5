#include "models/ops/cpu/attention_cache.h"

#include <algorithm>

namespace seqrl::cpu {
namespace {

// The keys (part 1) or the values (part 2).
template <typename T>
void gather(const CacheSizes& sizes, std::int64_t length, std::int64_t past, std::int64_t part,
            const T* qkv, const T* ring, T* rows) {
  const std::int64_t dim = sizes.dim, time = sizes.time, capacity = sizes.capacity;
  for (std::int64_t b = 0; b < sizes.batch; ++b, ring += capacity * dim) {
    for (std::int64_t p = length - past; p < length; ++p) {
      rows = std::copy_n(ring + p % capacity * dim, dim, rows);
    }
    const T* from = qkv + b * time * 3 * dim + part * dim;
    for (std::int64_t t = 0; t < time; ++t) rows = std::copy_n(from + t * 3 * dim, dim, rows);
  }
}

template <typename T>
void fill(const CacheSizes& sizes, std::int64_t length, std::int64_t part, const T* qkv, T* ring) {
  const std::int64_t dim = sizes.dim, time = sizes.time, capacity = sizes.capacity;
  for (std::int64_t b = 0; b < sizes.batch; ++b) {
    for (std::int64_t t = std::max<std::int64_t>(0, time - capacity); t < time; ++t) {
      std::copy_n(qkv + ((b * time + t) * 3 + part) * dim, dim,
                  ring + (b * capacity + (length + t) % capacity) * dim);
    }
  }
}

}  // namespace

template <typename T>
void gather_cache(const CacheSizes& sizes, Position position, std::int64_t past, const T* qkv,
                  KeysAndValues<const T> rings, KeysAndValues<T> rows) {
  gather<T>(sizes, position.number, past, 1, qkv, rings.keys, rows.keys);
  gather<T>(sizes, position.number, past, 2, qkv, rings.values, rows.values);
}

template <typename T>
void fill_cache(const CacheSizes& sizes, Position position, const T* qkv, KeysAndValues<T> rings) {
  fill<T>(sizes, position.number, 1, qkv, rings.keys);
  fill<T>(sizes, position.number, 2, qkv, rings.values);
}

#define SEQRL_INSTANTIATE(T)                                                         \
  template void gather_cache<T>(const CacheSizes&, Position, std::int64_t, const T*, \
                                KeysAndValues<const T>, KeysAndValues<T>);           \
  template void fill_cache<T>(const CacheSizes&, Position, const T*, KeysAndValues<T>);
SEQRL_INSTANTIATE(float)
SEQRL_INSTANTIATE(double)

}  // namespace seqrl::cpu
