// CPU kernels of models/ops/rotary.h.
#pragma once

#include "models/ops/common/position.h"

namespace seqrl::cpu {

template <typename T>
void rotary_table(Position first, std::int64_t time, std::int64_t size, T* table);

// Rotates x (rows, columns) by the angles of token row % time, or back with sign −1.
template <typename T>
void rotary(std::int64_t rows, std::int64_t time, std::int64_t columns, std::int64_t size,
            const T* x, const T* table, T sign, T* y, bool accumulate);

}  // namespace seqrl::cpu
