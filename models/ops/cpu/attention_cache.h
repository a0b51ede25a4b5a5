// CPU kernels of the cache of models/ops/attention.h.
#pragma once

#include "models/ops/common/attention.h"
#include "models/ops/common/position.h"

namespace seqrl::cpu {

using op::CacheSizes;
using op::KeysAndValues;

// Gathers the rows (batch, past + time, dim) that a chunk after `position` tokens sees: `past` rows
// from the rings in the order of their positions, then the chunk's own.
template <typename T>
void gather_cache(const CacheSizes& sizes, Position position, std::int64_t past, const T* qkv,
                  KeysAndValues<const T> rings, KeysAndValues<T> rows);

// Writes the chunk's own rows into the rings; only the last ones if not all fit.
template <typename T>
void fill_cache(const CacheSizes& sizes, Position position, const T* qkv, KeysAndValues<T> rings);

}  // namespace seqrl::cpu
