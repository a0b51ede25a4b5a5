// The CPU's only matrix product, and the only place that knows its implementation.
//
// Every element of the result is one chain of fused multiply-adds over k = 0, 1, …, K − 1. Its bits
// therefore depend on its row of A and its column of B alone. They do not depend on the number of
// rows that are multiplied together, nor on this machine's vector width (if it has fused
// multiply-adds). So an evaluation gives the same result for any batch size and any number of
// threads; general libraries do not promise this.
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

// Packs B (K, N) into the panels that the product reads.
template <typename T>
void pack(MatrixView<T> b, std::int64_t k, std::int64_t n, T* panels);

// A panel holds this many columns of B, row after row.
template <typename T>
inline constexpr std::int64_t kPanelWidth = 2 * kLanes<T>;

// A packed matrix, or its part from some row and column on; panels are `panel_stride` apart.
template <typename T>
struct PackedView {
  const T* data;
  std::int64_t panel_stride;
};

// The part, from `row` and `column` on, of a packed matrix of `rows` rows; column is a multiple of
// kPanelWidth.
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

// The same for an unpacked B; packs a few panels at a time into a buffer that each thread keeps.
template <typename T>
void gemm(std::int64_t m, std::int64_t n, std::int64_t k, MatrixView<T> a, MatrixView<T> b, T* c,
          std::int64_t c_stride, Start start, const T* bias = nullptr);

// Floating-point operations of all products that the calling thread has done so far.
std::uint64_t matrix_flops();

}  // namespace seqrl::cpu
