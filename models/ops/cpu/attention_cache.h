// The cache of models/ops/attention.h on the CPU.
#pragma once

#include "models/ops/common/attention.h"
#include "models/ops/common/position.h"

namespace seqrl::cpu {

using op::CacheSizes;
using op::KeysAndValues;

// The rows (batch, past + time, dim) that a chunk sees, which `position` tokens came before: `past`
// out of the rings in the order of their positions, and then its own.
template <typename T>
void gather_cache(const CacheSizes& sizes, Position position, std::int64_t past, const T* qkv,
                  KeysAndValues<const T> rings, KeysAndValues<T> rows);

// Puts the chunk's own rows into the rings, the last ones where not all fit.
template <typename T>
void fill_cache(const CacheSizes& sizes, Position position, const T* qkv, KeysAndValues<T> rings);

}  // namespace seqrl::cpu
