// Sums over rows on CUDA, in an order that depends on the sizes alone: rows are cut into parts,
// which are summed in parallel, and then the parts' sums are added up.
#pragma once

#include <algorithm>
#include <span>

#include "models/core/alignment.h"
#include "models/ops/cuda/kernel.h"

namespace seqrl::cuda {

struct RowParts {
  std::int64_t length, count;  // of a part, in rows

  explicit RowParts(std::int64_t rows, std::int64_t shortest = 128, std::int64_t most = 256)
      : length(std::max(shortest, divide_up(rows, most))), count(divide_up(rows, length)) {}
};

// out[j] += Σ_p parts[p, j] for parts (count, columns); = without `accumulate`.
template <typename T>
struct PartSum {
  const T* parts;
  T* out;
  std::int64_t count, columns;
  bool accumulate = true;
};

// All of these sums together.
template <typename T>
inline Kernel<void(std::span<const PartSum<T>>)> add_up;

// parts (RowParts(rows).count, columns): the sums over each part's rows of x (rows, columns).
template <typename T>
inline Kernel<void(std::int64_t rows, std::int64_t columns, const T* x, T* parts)> sum_parts;

}  // namespace seqrl::cuda
