// The one matrix product of the CPU, and the only place that knows how it is done.
//
// Every element of the result is one chain of fused multiply-adds over k = 0, 1, …, K − 1. Its bits
// therefore depend on its row of A and its column of B alone: not on how many rows are multiplied
// together, nor on the width of this machine's vectors. That is what lets an evaluation give the
// same result for any batch size and any number of threads; general libraries do not promise it.
#pragma once

#include <cstdint>

namespace seqrl::cpu {

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

// What a product begins from.
enum class Start {
  zero,        // C = A·B
  accumulate,  // C += A·B
  bias,        // C = bias + A·B, bias (N) added to every row
};

// Elements that pack() writes for a (K, N) matrix.
template <typename T>
std::int64_t packed_size(std::int64_t k, std::int64_t n);

// Lays B (K, N) out in the panels that the product reads.
template <typename T>
void pack(MatrixView<T> b, std::int64_t k, std::int64_t n, T* panels);

// C (M, N), rows `c_stride` apart, from A (M, K) and the packed B (K, N).
template <typename T>
void gemm_packed(std::int64_t m, std::int64_t n, std::int64_t k, MatrixView<T> a, const T* panels,
                 T* c, std::int64_t c_stride, Start start, const T* bias = nullptr);

// The same for a B that is not packed yet; packs into a buffer that each thread keeps.
template <typename T>
void gemm(std::int64_t m, std::int64_t n, std::int64_t k, MatrixView<T> a, MatrixView<T> b, T* c,
          std::int64_t c_stride, Start start, const T* bias = nullptr);

// Floating-point operations of all products that the calling thread has done so far.
std::uint64_t matrix_flops();

}  // namespace seqrl::cpu
