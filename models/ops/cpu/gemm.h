// The one matrix product of the CPU, and the only place that knows how it is done.
//
// Every element of the result is one chain of fused multiply-adds over k = 0, 1, …, K − 1. Its bits
// therefore depend on its row of A and its column of B alone: not on how many rows are multiplied
// together, nor on the width of this machine's vectors (where it has fused multiply-adds). So an
// evaluation gives the same result for any batch size and any number of threads; general libraries
// do not promise it.
#pragma once

#include <cstdint>

#include "models/ops/common/matrix.h"
#include "models/ops/cpu/vector.h"

namespace seqrl::cpu {

using op::MatrixView;
using op::row_major;
using op::Start;
using op::transposed;

// Elements that pack() writes for a (K, N) matrix.
template <typename T>
std::int64_t packed_size(std::int64_t k, std::int64_t n);

// Lays B (K, N) out in the panels that the product reads.
template <typename T>
void pack(MatrixView<T> b, std::int64_t k, std::int64_t n, T* panels);

// A panel holds this many columns of B, row after row.
template <typename T>
inline constexpr std::int64_t kPanelWidth = 2 * kLanes<T>;

// A packed matrix, or its part from some row and column on; panels begin `panel_stride` apart.
template <typename T>
struct PackedView {
  const T* data;
  std::int64_t panel_stride;
};

// The part of a packed matrix of `rows` rows from `row` and `column` on, the column being a
// multiple of kPanelWidth.
template <typename T>
PackedView<T> packed_part(const T* panels, std::int64_t rows, std::int64_t row,
                          std::int64_t column) {
  return {panels + column * rows + row * kPanelWidth<T>, rows * kPanelWidth<T>};
}

// C (M, N), rows `c_stride` apart, from A (M, K) and the packed B (K, N).
template <typename T>
void gemm_packed(std::int64_t m, std::int64_t n, std::int64_t k, MatrixView<T> a, PackedView<T> b,
                 T* c, std::int64_t c_stride, Start start, const T* bias = nullptr);

template <typename T>
void gemm_packed(std::int64_t m, std::int64_t n, std::int64_t k, MatrixView<T> a, const T* panels,
                 T* c, std::int64_t c_stride, Start start, const T* bias = nullptr);

// The same for a B that is not packed yet; packs a few panels at a time into a buffer that each
// thread keeps.
template <typename T>
void gemm(std::int64_t m, std::int64_t n, std::int64_t k, MatrixView<T> a, MatrixView<T> b, T* c,
          std::int64_t c_stride, Start start, const T* bias = nullptr);

// Floating-point operations of all products that the calling thread has done so far.
std::uint64_t matrix_flops();

}  // namespace seqrl::cpu
