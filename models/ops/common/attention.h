// The sizes and views of attention.
#pragma once

#include <cstdint>

namespace seqrl::op {

struct AttentionSizes {
  std::int64_t batch, time, heads;
  std::int64_t size;    // of a head
  std::int64_t past;    // keys before that of the first query
  std::int64_t window;  // keys that a query sees; 0: all up to its own

  constexpr std::int64_t keys() const { return past + time; }
};

// A matrix for each sequence; each head is `size` contiguous columns.
template <typename T>
struct Sequences {
  T* data;
  std::int64_t sequence_stride, row_stride;

  constexpr T* at(std::int64_t sequence, std::int64_t column) const {
    return data + sequence * sequence_stride + column;
  }
};

template <typename T>
struct AttentionInputs {
  Sequences<const T> queries;       // `time` rows
  Sequences<const T> keys, values;  // `past + time` rows
};

// The sizes of a chunk qkv (batch, time, 3·dim) and the rings (batch, capacity, dim) of a cache.
// Token p is in row p % capacity of a ring.
struct CacheSizes {
  std::int64_t batch, time, dim, capacity;
};

template <typename T>
struct KeysAndValues {
  T *keys, *values;
};

}  // namespace seqrl::op
