// Kernels of models/ops/attention.h on CUDA, in tiles of 32 queries by 32 keys: a tile's keys and
// values are in shared memory, probabilities never leave the multiprocessor. Backward computes them
// again from each query's logarithm of its sum.
#pragma once

#include <cstdint>

#include "models/core/alignment.h"
#include "models/ops/common/attention.h"
#include "models/ops/common/dropout.h"
#include "models/ops/common/position.h"
#include "models/ops/cuda/kernel.h"

namespace seqrl::cuda {

using op::AttentionInputs;
using op::AttentionSizes;
using op::DropoutRule;
using op::Sequences;

inline constexpr std::int64_t kLargestHead = 256;

// Words of 32 bits, one for each key, that a query needs.
inline std::int64_t attention_words(const AttentionSizes& sizes) {
  return divide_up(sizes.keys(), std::int64_t{32});
}

// Of the `past` keys before the chunk there are as many as `length` says, the last ones, all where
// it is at least as many. Two results are for backward: log_sums (batch, heads, time), and kept
// (batch, heads, time, attention_words(sizes)), a bit for each probability that dropout keeps,
// which may be null where the rule drops nothing.
template <typename T>
inline Kernel<void(const AttentionSizes&, Position length, const AttentionInputs<T>&, DropoutRule,
                   std::uint32_t* kept, Sequences<T> y, T* log_sums)>
    attention;

// Rows of parts that backward sums its rows up to.
inline std::int64_t attention_sums(const AttentionSizes& sizes) {
  return sizes.batch * divide_up(sizes.time, std::int64_t{32});
}

// Written, or added to with `accumulate`. Unless it is null, parts (attention_sums(sizes), 3,
// heads, size) receives the sums over rows of what dq, dk and dv are given.
template <typename T>
inline Kernel<void(const AttentionSizes&, Position length, const AttentionInputs<T>&, DropoutRule,
                   std::uint32_t* kept, Sequences<const T> y, const T* log_sums,
                   Sequences<const T> dy, Sequences<T> dq, Sequences<T> dk, Sequences<T> dv,
                   bool accumulate, T* parts)>
    attention_backward;

}  // namespace seqrl::cuda
