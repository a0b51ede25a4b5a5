// Kernels of models/ops/token_embedding.h on CUDA.
#pragma once

#include <cstdint>

#include "models/ops/cuda/kernel.h"
#include "models/ops/cuda/reduce.h"

namespace seqrl::cuda {

// Where products of cuBLASLt are no better.
inline constexpr int kTokenParts = 3;
inline constexpr std::int64_t kWidestPart = 64, kMostTimesteps = 1 << 15;

// Of each part x (rows, width), weight (dim, width), bias (dim).
template <typename T>
struct TokenInputs {
  const T *x[kTokenParts], *weight[kTokenParts], *bias[kTokenParts];
  int width[kTokenParts];
};

// Parts (RowParts(rows).count, …) of the gradients of each weight and bias; null where none is
// wanted.
template <typename T>
struct TokenSums {
  T *weight[kTokenParts], *bias[kTokenParts];
};

// y (rows, 3, dim). An id outside of [0, table_rows) gives NaN.
template <typename T>
inline Kernel<void(std::int64_t rows, std::int64_t dim, const TokenInputs<T>&, const T* table,
                   std::int64_t table_rows, const std::int32_t* ids, T* y)>
    embed_tokens;
template <typename T>
inline Kernel<void(std::int64_t rows, std::int64_t dim, const TokenInputs<T>&, const T* dy,
                   const TokenSums<T>&)>
    embed_tokens_backward;

}  // namespace seqrl::cuda
