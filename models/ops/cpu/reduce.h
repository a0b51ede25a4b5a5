// Sums over rows, in a fixed order.
#pragma once

#include <cstdint>

namespace seqrl::cpu {

// out[j] = Σ_i x[i, j] for x (rows, columns), or += with `accumulate`.
template <typename T>
void sum_rows(std::int64_t rows, std::int64_t columns, const T* x, T* out, bool accumulate) {
  if (!accumulate) {
    for (std::int64_t j = 0; j < columns; ++j) out[j] = 0;
  }
  for (std::int64_t i = 0; i < rows; ++i, x += columns) {
    for (std::int64_t j = 0; j < columns; ++j) out[j] += x[j];
  }
}

}  // namespace seqrl::cpu
