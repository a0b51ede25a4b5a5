// The matrix product in three levels of blocks, after Goto & van de Geijn, "Anatomy of
// High-Performance Matrix Multiplication" (ACM TOMS 34, 2008).
//
// The innermost level is a tile of the result, 12 rows (6 without AVX-512) by two vectors. It stays
// in registers while products of a column of A and a row of B are added one after the other. B is
// packed into panels of two vectors' width, row after row, so that a tile reads it in order. A
// panel of 256 rows stays in the L1 cache while all row tiles of a block of A use it, and that
// block stays in the L2 cache over all panels. Depths beyond 256 are added to the existing result:
// an element remains one chain of fused multiply-adds over k, in order.
#include "models/ops/cpu/gemm.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "models/core/alignment.h"
#include "models/ops/cpu/vector.h"

namespace seqrl::cpu {
namespace {

// A tile of the result is kTileRows × two vectors, in registers: 24 of AVX-512's 32.
constexpr int kTileRows = kVectorRegisters == 32 ? 12 : 6;

// Depth of a block: its panel of B (kDepth × kPanelWidth) stays in the L1 cache over all row tiles.
constexpr std::int64_t kDepth = 256;
// Rows of a block: its part of A stays in the L2 cache over all panels.
constexpr std::int64_t kBlockRows = 40 * kTileRows;
// Panels of an unpacked B that are packed together, so that rows of B are read in longer pieces.
constexpr std::int64_t kPanels = 4;

thread_local std::uint64_t flops = 0;

// Values shared by the tiles of one panel, passed by reference. As stack arguments they would be
// loaded while the previous tile's stores are still in flight, and would wait for those.
template <typename T>
struct Panel {
  std::int64_t depth;                      // terms
  std::int64_t row_stride, column_stride;  // of A
  const T* b;
  const T* next;  // the panel after it, if any
  std::int64_t c_stride, columns;
  Start start;
  const T* bias;
};

// One tile: Rows rows of A and of the result, `columns` ≤ Vectors·kLanes<T> columns. With Fetch, it
// also loads the next panel of B into the L2 cache.
template <typename T, int Rows, int Vectors, bool Fetch>
void tile(const Panel<T>& shared, const T* a, T* c) {
  const auto [depth, row_stride, column_stride, panel, next, c_stride, columns, start, bias] =
      shared;
  constexpr int lanes = kLanes<T>;
  Vector<T> sum[Rows][Vectors];
  const bool whole = columns == Vectors * lanes;
  // The initial values of the sums.
#pragma GCC unroll 12
  for (int r = 0; r < Rows; ++r) {
    const T* from = start == Start::bias ? bias : c + r * c_stride;
    T edge[Vectors * lanes] = {};
    if (start != Start::zero && !whole) from = std::copy_n(from, columns, edge) - columns;
    for (int v = 0; v < Vectors; ++v) {
      sum[r][v] = start == Start::zero ? Vector<T>{} : load(from + v * lanes);
    }
  }
  // Adds a column of A times a row of B, for every k.
#pragma GCC unroll 2
  for (std::int64_t k = 0; k < depth; ++k) {
    Vector<T> b[Vectors];
    for (int v = 0; v < Vectors; ++v) b[v] = load(panel + k * kPanelWidth<T> + v * lanes);
    if constexpr (Fetch) {
      for (int v = 0; v < Vectors; ++v) {
        __builtin_prefetch(next + k * kPanelWidth<T> + v * lanes, 0, 2);
      }
    }
#pragma GCC unroll 12
    for (int r = 0; r < Rows; ++r) {
      const T x = a[r * row_stride + k * column_stride];
      for (int v = 0; v < Vectors; ++v) sum[r][v] += x * b[v];
    }
  }
  // Stores the result; a tile at the right edge goes through a buffer.
#pragma GCC unroll 12
  for (int r = 0; r < Rows; ++r) {
    T* to = c + r * c_stride;
    T edge[Vectors * lanes];
    for (int v = 0; v < Vectors; ++v) store((whole ? to : edge) + v * lanes, sum[r][v]);
    if (!whole) std::copy_n(edge, columns, to);
  }
}

template <typename T>
using Tile = void (*)(const Panel<T>&, const T*, T*);

// tiles<T, Vectors, Fetch>[r - 1] computes r rows.
template <typename T, int Vectors, bool Fetch, int... R>
constexpr auto make_tiles(std::integer_sequence<int, R...>) {
  return std::array<Tile<T>, sizeof...(R)>{tile<T, R + 1, Vectors, Fetch>...};
}
template <typename T, int Vectors, bool Fetch = false>
constexpr auto tiles = make_tiles<T, Vectors, Fetch>(std::make_integer_sequence<int, kTileRows>());

// Vector i, lane j ↔ vector j, lane i: swaps the two indices bit by bit.
template <typename T, int Half, int... Lane>
void transpose_step(Vector<T>* v, std::integer_sequence<int, Lane...> all) {
  constexpr int lanes = kLanes<T>;
#pragma GCC unroll 16
  for (int i = 0; i < lanes; ++i) {
    if (i & Half) continue;
    const Vector<T> a = v[i], b = v[i + Half];
    v[i] = __builtin_shufflevector(a, b, (Lane & Half ? lanes + Lane - Half : Lane)...);
    v[i + Half] = __builtin_shufflevector(a, b, (Lane & Half ? lanes + Lane : Lane + Half)...);
  }
  if constexpr (2 * Half < lanes) transpose_step<T, 2 * Half>(v, all);
}
template <typename T>
void transpose(Vector<T> (&v)[kLanes<T>]) {
  transpose_step<T, 1>(v, std::make_integer_sequence<int, kLanes<T>>());
}

// Packs a row-major matrix of whole panels, row after row.
template <typename T>
void pack_rows(const T* b, std::int64_t row_stride, std::int64_t k, std::int64_t n, T* panels) {
  constexpr std::int64_t width = kPanelWidth<T>, lanes = kLanes<T>;
  for (std::int64_t i = 0; i < k; ++i, b += row_stride) {
    for (std::int64_t j = 0; j < n; j += width) {
      store(panels + j * k + i * width, load(b + j));
      store(panels + j * k + i * width + lanes, load(b + j + lanes));
    }
  }
}

}  // namespace

template <typename T>
std::int64_t packed_size(std::int64_t k, std::int64_t n) {
  return round_up(n, kPanelWidth<T>) * k;
}

template <typename T>
void pack(MatrixView<T> b, std::int64_t k, std::int64_t n, T* panels) {
  constexpr std::int64_t width = kPanelWidth<T>, lanes = kLanes<T>;
  if (b.column_stride == 1 && n % width == 0) return pack_rows(b.data, b.row_stride, k, n, panels);
  for (std::int64_t j = 0; j < n; j += width, panels += k * width) {
    const std::int64_t columns = std::min(width, n - j);
    if (columns < width) std::fill_n(panels, k * width, T{0});
    const T* from = b.data + j * b.column_stride;
    if (b.column_stride == 1) {  // a row-major matrix: rows are copied
      for (std::int64_t i = 0; i < k; ++i) {
        std::copy_n(from + i * b.row_stride, columns, panels + i * width);
      }
      continue;
    }
    // A transposed matrix: squares of lanes × lanes in registers; the rest element by element.
    const std::int64_t squares = b.row_stride == 1 ? k / lanes * lanes : 0;
    for (std::int64_t column = 0; column < columns; column += lanes) {
      const std::int64_t count = std::min(lanes, columns - column);
      const T* corner = from + column * b.column_stride;
      for (std::int64_t i = 0; i < squares; i += lanes) {
        Vector<T> square[kLanes<T>] = {};
#pragma GCC unroll 16
        for (std::int64_t l = 0; l < lanes; ++l) {
          if (l < count) square[l] = load(corner + l * b.column_stride + i);
        }
        transpose<T>(square);
#pragma GCC unroll 16
        for (std::int64_t l = 0; l < lanes; ++l) {
          store(panels + (i + l) * width + column, square[l]);
        }
      }
      for (std::int64_t i = squares; i < k; ++i) {
        for (std::int64_t l = 0; l < count; ++l) {
          panels[i * width + column + l] = corner[i * b.row_stride + l * b.column_stride];
        }
      }
    }
  }
}

template <typename T>
void gemm_packed(std::int64_t m, std::int64_t n, std::int64_t k, MatrixView<T> a, PackedView<T> b,
                 T* c, std::int64_t c_stride, Start start, const T* bias) {
  flops += 2 * static_cast<std::uint64_t>(m) * static_cast<std::uint64_t>(n) *
           static_cast<std::uint64_t>(k);
  // Blocks of depth, blocks of rows, panels of columns, tiles.
  for (std::int64_t k0 = 0; k0 == 0 || k0 < k; k0 += kDepth) {
    const std::int64_t depth = std::min(kDepth, k - k0);
    const Start from = k0 == 0 ? start : Start::accumulate;
    for (std::int64_t i0 = 0; i0 < m; i0 += kBlockRows) {
      const std::int64_t rows = std::min(kBlockRows, m - i0);
      const T* block = a.data + i0 * a.row_stride + k0 * a.column_stride;
      for (std::int64_t j = 0; j < n; j += kPanelWidth<T>) {
        const T* panel = b.data + j / kPanelWidth<T> * b.panel_stride + k0 * kPanelWidth<T>;
        const Panel<T> shared{.depth = depth,
                              .row_stride = a.row_stride,
                              .column_stride = a.column_stride,
                              .b = panel,
                              .next = j + kPanelWidth<T> < n ? panel + b.panel_stride : nullptr,
                              .c_stride = c_stride,
                              .columns = std::min<std::int64_t>(kPanelWidth<T>, n - j),
                              .start = from,
                              .bias = bias ? bias + j : nullptr};
        const auto& plain = shared.columns <= kLanes<T> ? tiles<T, 1> : tiles<T, 2>;
        // The first tile fetches the next panel. Otherwise a product of a dozen rows mostly waits
        // for weights that are in no cache. Lower tiles are too short for it.
        const bool fetch = shared.next && rows >= kTileRows / 2;
        // Tiles of nearly the same height, because a low tile at the end would wait for its own
        // sums.
        std::int64_t left = divide_up<std::int64_t>(rows, kTileRows);
        for (std::int64_t i = 0, height; left > 0; i += height, --left) {
          height = divide_up(rows - i, left);
          const auto& table = fetch && i == 0 ? tiles<T, 2, true> : plain;
          table[static_cast<std::size_t>(height - 1)](shared, block + i * a.row_stride,
                                                      c + (i0 + i) * c_stride + j);
        }
      }
    }
  }
}

template <typename T>
void gemm_packed(std::int64_t m, std::int64_t n, std::int64_t k, MatrixView<T> a, const T* panels,
                 T* c, std::int64_t c_stride, Start start, const T* bias) {
  gemm_packed(m, n, k, a, packed_part(panels, k, 0, 0), c, c_stride, start, bias);
}

template <typename T>
void gemm(std::int64_t m, std::int64_t n, std::int64_t k, MatrixView<T> a, MatrixView<T> b, T* c,
          std::int64_t c_stride, Start start, const T* bias) {
  // A few panels of one block at a time, which go to the tiles without leaving the caches.
  constexpr std::int64_t kColumns = kPanels * kPanelWidth<T>;
  alignas(64) thread_local std::array<T, kDepth * kColumns> panels;
  for (std::int64_t k0 = 0; k0 == 0 || k0 < k; k0 += kDepth) {
    const std::int64_t depth = std::min(kDepth, k - k0);
    for (std::int64_t j = 0; j < n; j += kColumns) {
      const std::int64_t columns = std::min(kColumns, n - j);
      const T* corner = b.data + k0 * b.row_stride + j * b.column_stride;
      pack<T>({corner, b.row_stride, b.column_stride}, depth, columns, panels.data());
      gemm_packed<T>(m, columns, depth,
                     {a.data + k0 * a.column_stride, a.row_stride, a.column_stride}, panels.data(),
                     c + j, c_stride, k0 == 0 ? start : Start::accumulate,
                     bias ? bias + j : nullptr);
    }
  }
}

std::uint64_t matrix_flops() {
  return flops;
}

#define SEQRL_INSTANTIATE(T)                                                                      \
  template std::int64_t packed_size<T>(std::int64_t, std::int64_t);                               \
  template void pack<T>(MatrixView<T>, std::int64_t, std::int64_t, T*);                           \
  template void gemm_packed<T>(std::int64_t, std::int64_t, std::int64_t, MatrixView<T>,           \
                               PackedView<T>, T*, std::int64_t, Start, const T*);                 \
  template void gemm_packed<T>(std::int64_t, std::int64_t, std::int64_t, MatrixView<T>, const T*, \
                               T*, std::int64_t, Start, const T*);                                \
  template void gemm<T>(std::int64_t, std::int64_t, std::int64_t, MatrixView<T>, MatrixView<T>,   \
                        T*, std::int64_t, Start, const T*);
SEQRL_INSTANTIATE(float)
SEQRL_INSTANTIATE(double)

}  // namespace seqrl::cpu
