// The cache of models/ops/attention.h on CUDA.
#pragma once

#include "models/ops/common/attention.h"
#include "models/ops/common/position.h"
#include "models/ops/cuda/kernel.h"

namespace seqrl::cuda {

using op::CacheSizes;
using op::KeysAndValues;

// The rows (batch, past + time, dim) that a chunk sees, which `position` tokens came before: `past`
// out of the rings, zeros where there are fewer, and then its own.
template <typename T>
inline Kernel<void(const CacheSizes&, Position position, std::int64_t past, const T* qkv,
                   KeysAndValues<const T> rings, KeysAndValues<T> rows)>
    gather_cache;

// Puts the chunk's own rows into the rings, the last ones where not all fit.
template <typename T>
inline Kernel<void(const CacheSizes&, Position position, const T* qkv, KeysAndValues<T> rings)>
    fill_cache;

}  // namespace seqrl::cuda
