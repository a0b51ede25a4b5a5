// CPU kernels of models/ops/tokens.h.
#pragma once

#include "models/ops/common/pieces.h"

namespace seqrl::cpu {

using op::Interleaved;
using op::InterleavedSinks;

// Copies row r of `from` to row r · stride + offset of `to`, or adds it with `accumulate`. Sets the
// other rows of `to` to zero, or leaves them unchanged with `accumulate`.
template <typename T>
void spread_rows(std::int64_t rows, std::int64_t dim, const T* from, std::int64_t stride,
                 std::int64_t offset, T* to, bool accumulate);

// to[r] = table[ids[r]], rows of `dim`; every id is one of the table's rows.
template <typename T>
void gather_rows(std::int64_t rows, std::int64_t dim, const T* table, const std::int32_t* ids,
                 T* to);
// table[ids[r]] += from[r], in the order of r.
template <typename T>
void scatter_rows(std::int64_t rows, std::int64_t dim, const T* from, const std::int32_t* ids,
                  T* table);

// Assembles rows from parts, and splits their gradients.
template <typename T>
void interleave(std::int64_t rows, std::int64_t dim, const Interleaved<T>& from, T* y);
template <typename T>
void deinterleave(std::int64_t rows, std::int64_t dim, const T* dy, const InterleavedSinks<T>& to);

// y[b] = the mean of x[b, 0 … lengths[b] − 1]; every length is in [1, time].
template <typename T>
void mean_token(std::int64_t batch, std::int64_t time, std::int64_t dim, const T* x,
                const std::int32_t* lengths, T* y);
template <typename T>
void mean_token_backward(std::int64_t batch, std::int64_t time, std::int64_t dim, const T* dy,
                         const std::int32_t* lengths, T* dx, bool accumulate);

// Advances a window (batch, tokens, dim) to the end of the chunk x (batch, time, dim) after it.
template <typename T>
void shift_window(std::int64_t batch, std::int64_t time, std::int64_t dim, std::int64_t tokens,
                  const T* x, T* window);

template <typename T>
void compare_pairs(std::int64_t pairs, std::int64_t dim, const T* x, T* y);
template <typename T>
void compare_pairs_backward(std::int64_t pairs, std::int64_t dim, const T* x, const T* dy, T* dx,
                            bool accumulate);

}  // namespace seqrl::cpu
