// CUDA kernels of the cache of models/ops/attention.h.
#pragma once

#include "models/ops/common/attention.h"
#include "models/ops/common/position.h"
#include "models/ops/cuda/kernel.h"

namespace seqrl::cuda {

using op::CacheSizes;
using op::KeysAndValues;

// Gathers the rows (batch, past + time, dim) that a chunk after `position` tokens sees: `past` rows
// from the rings, zeros where there are fewer, then the chunk's own.
template <typename T>
inline Kernel<void(const CacheSizes&, Position position, std::int64_t past, const T* qkv,
                   KeysAndValues<const T> rings, KeysAndValues<T> rows)>
    gather_cache;

// Writes the chunk's own rows into the rings; only the last ones if not all fit.
template <typename T>
inline Kernel<void(const CacheSizes&, Position position, const T* qkv, KeysAndValues<T> rings)>
    fill_cache;

}  // namespace seqrl::cuda
