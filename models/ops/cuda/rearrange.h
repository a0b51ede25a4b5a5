// CUDA kernels of models/ops/rearrange.h.
#pragma once

#include "models/ops/common/pieces.h"
#include "models/ops/cuda/kernel.h"

namespace seqrl::cuda {

using op::Pieces;

// to[r, i] = from[r, i], or +=; rows are `from_stride` and `to_stride` elements apart.
template <typename T>
inline Kernel<void(std::int64_t rows, std::int64_t columns, const T* from, std::int64_t from_stride,
                   T* to, std::int64_t to_stride, bool accumulate)>
    copy_rows;

// Copy between x or y (rows, dim) and the pieces that make up its rows.
template <typename T>
inline Kernel<void(std::int64_t rows, std::int64_t dim, const T* x, const Pieces<T>&)> split_rows;
template <typename T>
inline Kernel<void(std::int64_t rows, std::int64_t dim, const Pieces<T>&, T* y, bool accumulate)>
    join_rows;

}  // namespace seqrl::cuda
