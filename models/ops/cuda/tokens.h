// Kernels of models/ops/tokens.h and models/ops/rearrange.h on CUDA.
#pragma once

#include <algorithm>

#include "models/ops/cuda/kernel.h"

namespace seqrl::cuda {

// to[r, i] = from[r, i], rows `from_stride` and `to_stride` elements apart; or +=.
template <typename T>
inline Kernel<void(std::int64_t rows, std::int64_t columns, const T* from, std::int64_t from_stride,
                   T* to, std::int64_t to_stride, bool accumulate)>
    copy_rows;

// Gives row r of `from` to row r · stride + offset of `to`, and to the others nothing, zeros where
// they are not added to.
template <typename T>
inline Kernel<void(std::int64_t rows, std::int64_t dim, const T* from, std::int64_t stride,
                   std::int64_t offset, T* to, bool accumulate)>
    spread_rows;

// to[r] = table[ids[r]], rows of `dim`. An id outside of [0, table_rows) gives a row of NaN: on the
// device nobody can be told otherwise.
template <typename T>
inline Kernel<void(std::int64_t rows, std::int64_t dim, const T* table, std::int64_t table_rows,
                   const std::int32_t* ids, T* to)>
    gather_rows;

// Into how many parts scatter_rows cuts its rows, to be summed side by side: a small table, whose
// rows each stand for many ids, would otherwise keep few threads busy for long.
inline std::int64_t scatter_parts(std::int64_t rows, std::int64_t table_rows) {
  constexpr std::int64_t kShortest = 2048, kBlocks = 8192;
  const std::int64_t most = kBlocks / std::max<std::int64_t>(1, table_rows);
  return std::clamp<std::int64_t>(rows / kShortest, 1, std::max<std::int64_t>(1, most));
}
// Elements of scratch that it needs.
inline std::int64_t scatter_scratch(std::int64_t rows, std::int64_t dim, std::int64_t table_rows) {
  const std::int64_t parts = scatter_parts(rows, table_rows);
  return parts > 1 ? parts * table_rows * dim : 0;
}

// y[r · count + p] = parts[p][r] + shared[r] for rows of dim elements; without `shared` where it is
// null.
inline constexpr int kMostParts = 4;
template <typename T>
struct Interleaved {
  int count;
  const T* parts[kMostParts];
  const T* shared;
};
template <typename T>
inline Kernel<void(std::int64_t rows, std::int64_t dim, const Interleaved<T>&, T* y)> interleave;

// Its gradients, each left out where it is null, and added to with its `accumulate`.
template <typename T>
struct InterleavedSinks {
  int count;
  T* parts[kMostParts];
  bool accumulate[kMostParts];
  T* shared;
  bool accumulate_shared;
};
template <typename T>
inline Kernel<void(std::int64_t rows, std::int64_t dim, const T* dy, const InterleavedSinks<T>&)>
    interleave_backward;

// Pieces that make up rows of dim elements, side by side; where `data` is null, one is left out.
template <typename T>
struct Pieces {
  int count = 0;
  T* data[kMostParts];  // (rows, size)
  std::int64_t size[kMostParts];
  bool accumulate[kMostParts];  // of pieces that are written
};
template <typename T>
inline Kernel<void(std::int64_t rows, std::int64_t dim, const T* x, const Pieces<T>&)> split_rows;
template <typename T>
inline Kernel<void(std::int64_t rows, std::int64_t dim, const Pieces<T>&, T* y, bool accumulate)>
    join_rows;

// table[ids[r]] += from[r], in an order that the sizes alone decide.
template <typename T>
inline Kernel<void(std::int64_t rows, std::int64_t dim, const T* from, const std::int32_t* ids,
                   T* table, std::int64_t table_rows, T* scratch)>
    scatter_rows;

// y[b] = the mean of x[b, 0 … lengths[b] − 1]; NaN where a length is outside of [1, time].
template <typename T>
inline Kernel<void(std::int64_t batch, std::int64_t time, std::int64_t dim, const T* x,
                   const std::int32_t* lengths, T* y)>
    mean_token;
template <typename T>
inline Kernel<void(std::int64_t batch, std::int64_t time, std::int64_t dim, const T* dy,
                   const std::int32_t* lengths, T* dx, bool accumulate)>
    mean_token_backward;

// Moves a window (batch, tokens, dim) on to the end of the chunk x (batch, time, dim) after it.
template <typename T>
inline Kernel<void(std::int64_t batch, std::int64_t time, std::int64_t dim, std::int64_t tokens,
                   const T* x, T* window)>
    remember_last;

template <typename T>
inline Kernel<void(std::int64_t pairs, std::int64_t dim, const T* x, T* y)> compare_pairs;
template <typename T>
inline Kernel<void(std::int64_t pairs, std::int64_t dim, const T* x, const T* dy, T* dx,
                   bool accumulate)>
    compare_pairs_backward;

}  // namespace seqrl::cuda
