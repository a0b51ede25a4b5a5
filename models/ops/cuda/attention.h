// Kernels of models/ops/attention.h on CUDA, in tiles of 32 queries by 32 keys: a tile's keys and
// values are in shared memory, probabilities never leave the multiprocessor. Backward computes them
// again from each query's logarithm of its sum.
#pragma once

#include "models/ops/cpu/attention.h"
#include "models/ops/cuda/dropout.h"
#include "models/ops/cuda/kernel.h"

namespace seqrl::cuda {

using cpu::AttentionInputs;
using cpu::AttentionSizes;
using cpu::Sequences;

inline constexpr std::int64_t kLargestHead = 256;

// log_sums (batch, heads, time) is kept for backward.
template <typename T>
inline Kernel<void(const AttentionSizes&, const AttentionInputs<T>&, DropoutRule, Sequences<T> y,
                   T* log_sums)>
    attention;

// Added to what is there, as on the CPU.
template <typename T>
inline Kernel<void(const AttentionSizes&, const AttentionInputs<T>&, DropoutRule,
                   Sequences<const T> y, const T* log_sums, Sequences<const T> dy, Sequences<T> dq,
                   Sequences<T> dk, Sequences<T> dv)>
    attention_backward;

// All tokens' keys or values that a chunk sees: `past` rows of the ring `cached` (batch, capacity,
// dim), which `length` tokens went into, and then the chunk's own, part 1 or 2 of qkv.
template <typename T>
inline Kernel<void(std::int64_t batch, std::int64_t time, std::int64_t dim, std::int64_t part,
                   const T* qkv, const T* cached, std::int64_t capacity, std::int64_t length,
                   std::int64_t past, T* rows)>
    gather_cache;

// Puts the chunk's own rows into the ring, the last ones where not all fit.
template <typename T>
inline Kernel<void(std::int64_t batch, std::int64_t time, std::int64_t dim, std::int64_t part,
                   const T* qkv, T* cached, std::int64_t capacity, std::int64_t length)>
    fill_cache;

}  // namespace seqrl::cuda
