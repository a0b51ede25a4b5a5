// CUDA kernels of models/ops/rotary.h.
#pragma once

#include "models/ops/common/position.h"
#include "models/ops/cuda/kernel.h"

namespace seqrl::cuda {

template <typename T>
inline Kernel<void(Position first, std::int64_t time, std::int64_t size, T* table)> rotary_table;

// Rotates x (rows, columns) by the angles of token row % time, or back with sign −1.
template <typename T>
inline Kernel<void(std::int64_t rows, std::int64_t time, std::int64_t columns, std::int64_t size,
                   const T* x, const T* table, T sign, T* y, bool accumulate)>
    rotary;

}  // namespace seqrl::cuda
