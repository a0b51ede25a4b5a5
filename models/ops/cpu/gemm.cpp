#include "models/ops/cpu/gemm.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>
#include <vector>

#include "models/ops/cpu/vector.h"

namespace seqrl::cpu {
namespace {

// A tile of the result is kTileRows × two vectors, held in registers: 24 of AVX-512's 32.
constexpr int kTileRows = kVectorRegisters == 32 ? 12 : 6;
template <typename T>
constexpr int kPanel = 2 * kLanes<T>;

// Depth of a block: its panel of B (kDepth × kPanel) stays in the L1 cache over all row tiles.
constexpr std::int64_t kDepth = 256;
// Rows of a block: its part of A stays in the L2 cache over all panels.
constexpr std::int64_t kBlockRows = 40 * kTileRows;

thread_local std::uint64_t flops = 0;

template <typename T>
T* scratch(int which, std::int64_t count) {
  thread_local std::vector<T> buffers[2];
  auto& buffer = buffers[which];
  if (buffer.size() < static_cast<std::size_t>(count)) {
    buffer.resize(static_cast<std::size_t>(count));
  }
  return buffer.data();
}

// One tile: Rows rows, `columns` ≤ kPanel<T> columns, `depth` terms.
template <typename T, int Rows>
void tile(std::int64_t depth, MatrixView<T> a, const T* panel, T* c, std::int64_t c_stride,
          std::int64_t columns, Start start, const T* bias) {
  constexpr int lanes = kLanes<T>;
  Vector<T> sum[Rows][2];
  const bool whole = columns == kPanel<T>;
#pragma GCC unroll 12
  for (int r = 0; r < Rows; ++r) {
    const T* from = start == Start::bias ? bias : c + r * c_stride;
    if (start == Start::zero) {
      sum[r][0] = sum[r][1] = Vector<T>{};
    } else if (whole) {
      sum[r][0] = load(from);
      sum[r][1] = load(from + lanes);
    } else {
      T edge[2 * lanes] = {};
      std::copy_n(from, columns, edge);
      sum[r][0] = load(edge);
      sum[r][1] = load(edge + lanes);
    }
  }
  for (std::int64_t k = 0; k < depth; ++k) {
    const Vector<T> b0 = load(panel + k * kPanel<T>);
    const Vector<T> b1 = load(panel + k * kPanel<T> + lanes);
#pragma GCC unroll 12
    for (int r = 0; r < Rows; ++r) {
      const T x = a.data[r * a.row_stride + k * a.column_stride];
      sum[r][0] += x * b0;
      sum[r][1] += x * b1;
    }
  }
#pragma GCC unroll 12
  for (int r = 0; r < Rows; ++r) {
    T* to = c + r * c_stride;
    if (whole) {
      store(to, sum[r][0]);
      store(to + lanes, sum[r][1]);
    } else {
      T edge[2 * lanes];
      store(edge, sum[r][0]);
      store(edge + lanes, sum[r][1]);
      std::copy_n(edge, columns, to);
    }
  }
}

template <typename T>
using Tile = void (*)(std::int64_t, MatrixView<T>, const T*, T*, std::int64_t, std::int64_t, Start,
                      const T*);

// tiles<T>[r - 1] computes r rows.
template <typename T, int... R>
constexpr auto make_tiles(std::integer_sequence<int, R...>) {
  return std::array<Tile<T>, sizeof...(R)>{tile<T, R + 1>...};
}
template <typename T>
constexpr auto tiles = make_tiles<T>(std::make_integer_sequence<int, kTileRows>());

// Copies tiles of a strided A into [tile][depth][kTileRows], so that a tile reads it in a row.
template <typename T>
void pack_rows(std::int64_t rows, std::int64_t depth, MatrixView<T> a, T* packed) {
  for (std::int64_t i = 0; i < rows; i += kTileRows, packed += depth * kTileRows) {
    const std::int64_t height = std::min<std::int64_t>(kTileRows, rows - i);
    const T* from = a.data + i * a.row_stride;
    if (height == kTileRows && a.row_stride == 1) {  // a transposed matrix: rows lie side by side
      for (std::int64_t k = 0; k < depth; ++k) {
        std::memcpy(packed + k * kTileRows, from + k * a.column_stride, kTileRows * sizeof(T));
      }
      continue;
    }
    for (std::int64_t k = 0; k < depth; ++k) {
      for (std::int64_t r = 0; r < height; ++r) {
        packed[k * kTileRows + r] = from[r * a.row_stride + k * a.column_stride];
      }
    }
  }
}

}  // namespace

template <typename T>
std::int64_t packed_size(std::int64_t k, std::int64_t n) {
  return (n + kPanel<T> - 1) / kPanel<T> * kPanel<T> * k;
}

template <typename T>
void pack(MatrixView<T> b, std::int64_t k, std::int64_t n, T* panels) {
  constexpr std::int64_t width = kPanel<T>;
  constexpr std::int64_t kLine = 16;  // terms taken at a time from a row of a transposed B
  for (std::int64_t j = 0; j < n; j += width, panels += k * width) {
    const std::int64_t columns = std::min(width, n - j);
    if (columns < width) std::fill_n(panels, k * width, T{0});
    if (b.column_stride == 1) {
      for (std::int64_t i = 0; i < k; ++i) {
        std::copy_n(b.data + i * b.row_stride + j, columns, panels + i * width);
      }
      continue;
    }
    for (std::int64_t first = 0; first < k; first += kLine) {
      const std::int64_t last = std::min(first + kLine, k);
      for (std::int64_t column = 0; column < columns; ++column) {
        const T* from = b.data + (j + column) * b.column_stride;
        for (std::int64_t i = first; i < last; ++i) {
          panels[i * width + column] = from[i * b.row_stride];
        }
      }
    }
  }
}

template <typename T>
void gemm_packed(std::int64_t m, std::int64_t n, std::int64_t k, MatrixView<T> a, const T* panels,
                 T* c, std::int64_t c_stride, Start start, const T* bias) {
  flops += 2 * static_cast<std::uint64_t>(m) * static_cast<std::uint64_t>(n) *
           static_cast<std::uint64_t>(k);
  const bool strided = a.column_stride != 1 && k > 1;
  T* packed = strided ? scratch<T>(0, (kBlockRows + kTileRows) * kDepth) : nullptr;
  for (std::int64_t k0 = 0; k0 == 0 || k0 < k; k0 += kDepth) {
    const std::int64_t depth = std::min(kDepth, k - k0);
    const Start from = k0 == 0 ? start : Start::accumulate;
    for (std::int64_t i0 = 0; i0 < m; i0 += kBlockRows) {
      const std::int64_t rows = std::min(kBlockRows, m - i0);
      const T* block = a.data + i0 * a.row_stride + k0 * a.column_stride;
      if (strided) pack_rows<T>(rows, depth, {block, a.row_stride, a.column_stride}, packed);
      for (std::int64_t j = 0; j < n; j += kPanel<T>) {
        const T* panel = panels + j * k + k0 * kPanel<T>;
        const std::int64_t columns = std::min<std::int64_t>(kPanel<T>, n - j);
        for (std::int64_t i = 0; i < rows; i += kTileRows) {
          const std::int64_t height = std::min<std::int64_t>(kTileRows, rows - i);
          const MatrixView<T> strip =
              strided ? MatrixView<T>{packed + i * depth, 1, kTileRows}
                      : MatrixView<T>{block + i * a.row_stride, a.row_stride, 1};
          tiles<T>[static_cast<std::size_t>(height - 1)](depth, strip, panel,
                                                         c + (i0 + i) * c_stride + j, c_stride,
                                                         columns, from, bias ? bias + j : nullptr);
        }
      }
    }
  }
}

template <typename T>
void gemm(std::int64_t m, std::int64_t n, std::int64_t k, MatrixView<T> a, MatrixView<T> b, T* c,
          std::int64_t c_stride, Start start, const T* bias) {
  T* panels = scratch<T>(1, packed_size<T>(k, n));
  pack(b, k, n, panels);
  gemm_packed(m, n, k, a, panels, c, c_stride, start, bias);
}

std::uint64_t matrix_flops() { return flops; }

#define SEQRL_INSTANTIATE(T)                                                                      \
  template std::int64_t packed_size<T>(std::int64_t, std::int64_t);                               \
  template void pack<T>(MatrixView<T>, std::int64_t, std::int64_t, T*);                           \
  template void gemm_packed<T>(std::int64_t, std::int64_t, std::int64_t, MatrixView<T>, const T*, \
                               T*, std::int64_t, Start, const T*);                                \
  template void gemm<T>(std::int64_t, std::int64_t, std::int64_t, MatrixView<T>, MatrixView<T>,   \
                        T*, std::int64_t, Start, const T*);
SEQRL_INSTANTIATE(float)
SEQRL_INSTANTIATE(double)

}  // namespace seqrl::cpu
