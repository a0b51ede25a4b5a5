// The operands of a matrix product.
#pragma once

#include <cstdint>

namespace seqrl::op {

// A matrix in memory: element (i, j) at data[i · row_stride + j · column_stride].
template <typename T>
struct MatrixView {
  const T* data;
  std::int64_t row_stride, column_stride;
};

template <typename T>
MatrixView<T> row_major(const T* data, std::int64_t columns) {
  return {data, columns, 1};
}
// The transpose of a row-major matrix of `columns` columns.
template <typename T>
MatrixView<T> transposed(const T* data, std::int64_t columns) {
  return {data, 1, columns};
}

// The initial value of a product.
enum class Start {
  zero,        // C = A·B
  accumulate,  // C += A·B
  bias,        // C = bias + A·B, bias (N) added to every row
};

}  // namespace seqrl::op
