// Kernels of models/ops/attention.h.
#pragma once

#include <cstdint>

#include "models/core/tape.h"

namespace seqrl::cpu {

struct AttentionSizes {
  std::int64_t batch, time, heads;
  std::int64_t size;    // of a head
  std::int64_t past;    // keys before the first query's own
  std::int64_t window;  // keys that a query sees; 0 for all up to its own

  constexpr std::int64_t keys() const { return past + time; }
};

// A matrix for each sequence; heads are `size` columns each, side by side.
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

// Dropout of the probabilities; p = 0 for none.
struct AttentionDropout {
  Tape::DropoutKey key;
  double p;
};

// Elements of scratch that both directions need.
template <typename T>
std::int64_t attention_scratch(const AttentionSizes& sizes);

// y = softmax(q·kᵀ/√size)·v
template <typename T>
void attention(const AttentionSizes& sizes, const AttentionInputs<T>& in,
               const AttentionDropout& dropout, Sequences<T> y, T* scratch);

// From dy the gradients of queries, keys and values, `time` rows each: of the keys and values
// before the first query's own there is none. Added to what is there.
template <typename T>
void attention_backward(const AttentionSizes& sizes, const AttentionInputs<T>& in,
                        const AttentionDropout& dropout, Sequences<const T> dy, Sequences<T> dq,
                        Sequences<T> dk, Sequences<T> dv, T* scratch);

}  // namespace seqrl::cpu
