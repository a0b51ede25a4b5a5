// Kernels of models/ops/attention.h on CUDA, in tiles of 32 queries by 32 keys: a tile's keys and
// values are in shared memory, probabilities never leave the multiprocessor. Backward computes them
// again from each query's logarithm of its sum.
#pragma once

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

// Of the `past` keys before the chunk there are as many as `length` says, the last ones, all where
// it is at least as many. log_sums (batch, heads, time) is kept for backward.
template <typename T>
inline Kernel<void(const AttentionSizes&, Position length, const AttentionInputs<T>&, DropoutRule,
                   Sequences<T> y, T* log_sums)>
    attention;

// Written, or added to with `accumulate`.
template <typename T>
inline Kernel<void(const AttentionSizes&, Position length, const AttentionInputs<T>&, DropoutRule,
                   Sequences<const T> y, const T* log_sums, Sequences<const T> dy, Sequences<T> dq,
                   Sequences<T> dk, Sequences<T> dv, bool accumulate)>
    attention_backward;

}  // namespace seqrl::cuda
