// CUDA kernels of models/ops/tokens.h.
#pragma once

#include <algorithm>

#include "models/ops/common/pieces.h"
#include "models/ops/cuda/kernel.h"

namespace seqrl::cuda {

using op::Interleaved;
using op::InterleavedSinks;

// Copies row r of `from` to row r · stride + offset of `to`, or adds it with `accumulate`. Sets the
// other rows of `to` to zero, or leaves them unchanged with `accumulate`.
template <typename T>
inline Kernel<void(std::int64_t rows, std::int64_t dim, const T* from, std::int64_t stride,
                   std::int64_t offset, T* to, bool accumulate)>
    spread_rows;

// The same for two tensors at once, and the reverse: row r of `to` from row r · stride + offset of
// `from`. A null `to` is skipped.
template <typename T>
struct TwoRows {
  const T* from[2];
  T* to[2];
  bool accumulate[2] = {};
};
template <typename T>
using MoveTwo = Kernel<void(std::int64_t rows, std::int64_t dim, const TwoRows<T>&,
                            std::int64_t stride, std::int64_t offset)>;
template <typename T>
inline MoveTwo<T> spread_two;
template <typename T>
inline MoveTwo<T> pick_two;

// to[r] = table[ids[r]], rows of `dim`. An id outside [0, table_rows) gives a row of NaN, because a
// device cannot report it in another way.
template <typename T>
inline Kernel<void(std::int64_t rows, std::int64_t dim, const T* table, std::int64_t table_rows,
                   const std::int32_t* ids, T* to)>
    gather_rows;

// The number of parts into which scatter_rows cuts its rows, to be summed in parallel. Without
// parts a small table, with many ids for each row, would keep few threads busy for a long time.
inline std::int64_t scatter_parts(std::int64_t rows, std::int64_t table_rows) {
  constexpr std::int64_t kShortest = 2048, kBlocks = 8192;
  const std::int64_t most = kBlocks / std::max<std::int64_t>(1, table_rows);
  return std::clamp<std::int64_t>(rows / kShortest, 1, std::max<std::int64_t>(1, most));
}
// Scratch elements that scatter_rows needs.
inline std::int64_t scatter_scratch(std::int64_t rows, std::int64_t dim, std::int64_t table_rows) {
  const std::int64_t parts = scatter_parts(rows, table_rows);
  return parts > 1 ? parts * table_rows * dim : 0;
}

// Assembles rows from parts, and splits their gradients.
template <typename T>
inline Kernel<void(std::int64_t rows, std::int64_t dim, const Interleaved<T>&, T* y)> interleave;
template <typename T>
inline Kernel<void(std::int64_t rows, std::int64_t dim, const T* dy, const InterleavedSinks<T>&)>
    deinterleave;

// table[ids[r]] += the sum of rows r · each to (r + 1) · each − 1 of `from`, in an order that
// depends on the sizes alone.
template <typename T>
inline Kernel<void(std::int64_t rows, std::int64_t dim, const T* from, std::int64_t each,
                   const std::int32_t* ids, T* table, std::int64_t table_rows, T* scratch)>
    scatter_rows;

// y[b] = the mean of x[b, 0 … lengths[b] − 1]; NaN if a length is outside [1, time].
template <typename T>
inline Kernel<void(std::int64_t batch, std::int64_t time, std::int64_t dim, const T* x,
                   const std::int32_t* lengths, T* y)>
    mean_token;
template <typename T>
inline Kernel<void(std::int64_t batch, std::int64_t time, std::int64_t dim, const T* dy,
                   const std::int32_t* lengths, T* dx, bool accumulate)>
    mean_token_backward;

// Advances a window (batch, tokens, dim) to the end of the chunk x (batch, time, dim) after it.
template <typename T>
inline Kernel<void(std::int64_t batch, std::int64_t time, std::int64_t dim, std::int64_t tokens,
                   const T* x, T* window)>
    shift_window;

template <typename T>
inline Kernel<void(std::int64_t pairs, std::int64_t dim, const T* x, T* y)> compare_pairs;
template <typename T>
inline Kernel<void(std::int64_t pairs, std::int64_t dim, const T* x, const T* dy, T* dx,
                   bool accumulate)>
    compare_pairs_backward;

}  // namespace seqrl::cuda
