// Sums over rows on CUDA, in an order that the sizes alone decide.
#pragma once

#include <algorithm>

#include "models/ops/cuda/kernel.h"

namespace seqrl::cuda {

// Rows are cut into parts, which are summed side by side, and then their sums one after the other.
struct RowParts {
  std::int64_t length, count;  // of a part, in rows

  static constexpr std::int64_t kThreadsWanted = 32768, kShortest = 8;

  RowParts(std::int64_t rows, std::int64_t columns)
      : length(std::max(kShortest, rows * columns / kThreadsWanted)),
        count((rows + length - 1) / length) {}
};

// Elements of scratch that a sum of rows needs.
inline std::int64_t sum_rows_scratch(std::int64_t rows, std::int64_t columns) {
  return RowParts(rows, columns).count * columns;
}

// out[j] = Σ_i x[i, j] for x (rows, columns), or += with `accumulate`.
template <typename T>
inline Kernel<void(std::int64_t rows, std::int64_t columns, const T* x, T* out, bool accumulate,
                   T* scratch)>
    sum_rows;

}  // namespace seqrl::cuda
