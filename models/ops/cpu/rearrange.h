// CPU kernels of models/ops/rearrange.h.
#pragma once

#include "models/ops/common/pieces.h"

namespace seqrl::cpu {

using op::Pieces;

// to[r, i] = from[r, i], or +=; rows are `from_stride` and `to_stride` elements apart.
template <typename T>
void copy_rows(std::int64_t rows, std::int64_t columns, const T* from, std::int64_t from_stride,
               T* to, std::int64_t to_stride, bool accumulate);

// Copy between x or y (rows, dim) and the pieces that make up its rows.
template <typename T>
void split_rows(std::int64_t rows, std::int64_t dim, const T* x, const Pieces<T>& pieces);
template <typename T>
void join_rows(std::int64_t rows, std::int64_t dim, const Pieces<T>& pieces, T* y, bool accumulate);

}  // namespace seqrl::cpu
