// CUDA kernels of models/ops/token_embedding.h.
#pragma once

#include <cstdint>

#include "models/ops/cuda/kernel.h"
#include "models/ops/cuda/reduce.h"

namespace seqrl::cuda {

// Limits within which cuBLASLt's products are no better.
inline constexpr int kTokenParts = 3;
inline constexpr std::int64_t kWidestPart = 64, kMostTimesteps = 1 << 15;

// For each part: x (rows, width), weight (dim, width), bias (dim).
template <typename T>
struct TokenInputs {
  const T *x[kTokenParts], *weight[kTokenParts], *bias[kTokenParts];
  int width[kTokenParts];
};

// Partial gradients (RowParts(rows).count, …) of each weight and bias; null ones are skipped.
template <typename T>
struct TokenSums {
  T *weight[kTokenParts], *bias[kTokenParts];
};

// y (rows, 3, dim). An id outside [0, table_rows) gives NaN.
template <typename T>
inline Kernel<void(std::int64_t rows, std::int64_t dim, const TokenInputs<T>&, const T* table,
                   std::int64_t table_rows, const std::int32_t* ids, T* y)>
    embed_tokens;
template <typename T>
inline Kernel<void(std::int64_t rows, std::int64_t dim, const TokenInputs<T>&, const T* dy,
                   const TokenSums<T>&)>
    embed_tokens_backward;

}  // namespace seqrl::cuda
