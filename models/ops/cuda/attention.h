// CUDA kernels of models/ops/attention.h, in tiles of 32 queries by 32 keys. A tile's keys and
// values are in shared memory; probabilities never leave the multiprocessor. Backward recomputes
// them from the logarithm of each query's sum.
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

// 32-bit words per query, with one bit for each key.
inline std::int64_t attention_words(const AttentionSizes& sizes) {
  return divide_up(sizes.keys(), std::int64_t{32});
}

// Of the `past` keys before the chunk, only the last `length` exist; all of them if `length` is at
// least `past`. Two results are for backward: log_sums (batch, heads, time), and kept (batch,
// heads, time, attention_words(sizes)), a bit for each probability that dropout keeps. `kept` may
// be null if the rule drops nothing.
template <typename T>
inline Kernel<void(const AttentionSizes&, Position length, const AttentionInputs<T>&, DropoutRule,
                   std::uint32_t* kept, Sequences<T> y, T* log_sums)>
    attention;

// Number of partial sums into which backward adds its rows.
inline std::int64_t attention_sums(const AttentionSizes& sizes) {
  return sizes.batch * divide_up(sizes.time, std::int64_t{32});
}

// Writes the gradients, or adds to them with `accumulate`. Unless null, parts
// (attention_sums(sizes), 3, heads, size) receives the sums over rows of the gradients given to dq,
// dk and dv.
template <typename T>
inline Kernel<void(const AttentionSizes&, Position length, const AttentionInputs<T>&, DropoutRule,
                   std::uint32_t* kept, Sequences<const T> y, const T* log_sums,
                   Sequences<const T> dy, Sequences<T> dq, Sequences<T> dk, Sequences<T> dv,
                   bool accumulate, T* parts)>
    attention_backward;

}  // namespace seqrl::cuda
