// Shared by attention's kernels: the tiles that their blocks process, and how a warp multiplies the
// tiles' rows.
//
// A block has 8 warps, each of which handles 4 rows of the tile that the block owns. For scores, a
// lane corresponds to one row of the other tile; for sums, it has a few columns.
#pragma once

#include <cmath>

#include "configs/base/error.h"
#include "models/ops/common/attention.h"
#include "models/ops/common/math.h"
#include "models/ops/cuda/dropout.cuh"
#include "models/ops/cuda/position.cuh"

namespace seqrl::cuda::attention_tiles {

using op::AttentionInputs;
using op::AttentionSizes;
using op::DropoutRule;
using op::Sequences;

constexpr int kTile = kWarp;  // queries or keys: one per lane of a warp
constexpr int kRows = 4;      // rows of the tile that one warp handles
constexpr int kWarps = kTile / kRows;
constexpr int kBlock = kWarps * kWarp;

// A tile is kTile rows of a head in shared memory, padded with zeros to kColumns per lane. The row
// stride is 4 elements off a multiple of the banks, so lanes that read 4 elements of a row each
// have no bank conflicts.
template <int kColumns>
constexpr int kStride = kColumns* kWarp + 4;
template <int kColumns>
constexpr int kTileSize = kTile* kStride<kColumns>;
constexpr int kExchange =
    kTile * kTile;  // elements that a block's warps exchange within themselves

// AttentionSizes in the kernels' integer type, in half the registers.
struct Sizes {
  int time, heads, size, past, window;
  int left_out = 0;  // keys before the first of `past`

  explicit Sizes(const AttentionSizes& sizes)
      : time(static_cast<int>(sizes.time)),
        heads(static_cast<int>(sizes.heads)),
        size(static_cast<int>(sizes.size)),
        past(static_cast<int>(sizes.past)),
        window(static_cast<int>(sizes.window)) {
    SEQRL_CHECK(sizes.keys() + sizes.window <= 1 << 30);
  }
  __device__ int keys() const { return past + time; }
};

// A block's place: a head of a sequence, and the first of a tile's rows.
struct Place {
  Size sequence;
  int head, first;

  __device__ Place(const Sizes& sizes, unsigned block) {
    const unsigned tiles = divide_up(static_cast<unsigned>(sizes.time), unsigned{kTile});
    const unsigned heads = static_cast<unsigned>(sizes.heads);
    sequence = block / (tiles * heads);
    head = static_cast<int>(block / tiles % heads);
    first = static_cast<int>(block % tiles) * kTile;
  }
  // The index of query i among those of all heads of all sequences.
  __device__ Size query(const Sizes& sizes, int i) const {
    return (sequence * sizes.heads + head) * sizes.time + i;
  }
};

// The first of the tile's rows that the thread's warp handles.
__device__ inline int first_row() {
  return static_cast<int>(threadIdx.x) / kWarp * kRows;
}

// The scale of scores.
template <typename T>
__device__ T scale_of(const Sizes& sizes) {
  return T(1) / std::sqrt(static_cast<T>(sizes.size));
}

// The keys [begin, end) that query i sees.
__device__ inline int begin_of(const Sizes& sizes, int i) {
  const int begin = sizes.past + i + 1 - sizes.window;
  return sizes.window == 0 || begin < 0 ? 0 : begin;
}
__device__ inline int end_of(const Sizes& sizes, int i) {
  return sizes.past + i + 1;
}
__device__ inline bool sees(const Sizes& sizes, int i, int key) {
  return i < sizes.time && key >= begin_of(sizes, i) && key < end_of(sizes, i);
}
// Whether any of the queries [i, i + count) sees any of the keys [key, key + kTile).
__device__ inline bool any_sees(const Sizes& sizes, int i, int count, int key) {
  const int last = i + count < sizes.time ? i + count : sizes.time;
  return i < last && begin_of(sizes, i) < key + kTile && end_of(sizes, last - 1) > key;
}

// Leaves out the first keys before the chunk, so that `length` of them remain.
__device__ inline void leave_out(const Position& length, Sizes& sizes) {
  const Size count = value_of(length);
  sizes.left_out = count < sizes.past ? sizes.past - static_cast<int>(count) : 0;
  sizes.past -= sizes.left_out;
}

// The probabilities that are kept, one bit each: word `key / kTile` of a query covers kTile keys.
// Null without dropout. `scale`: the factor of those that are kept.
template <typename T>
struct Kept {
  std::uint32_t* words;
  Size of_query;  // words
  T scale;

  // The word of a query's keys [key, key + kTile); key is a multiple of kTile.
  __device__ std::uint32_t word(const Sizes& sizes, const Place& at, int i, int key) const {
    return words && i < sizes.time ? words[at.query(sizes, i) * of_query + key / kTile] : ~0u;
  }
  __device__ T factor(std::uint32_t word, int bit) const { return word >> bit & 1 ? scale : T(0); }
};

// Starts copying the rows [first, first + kTile) of a head, after `skipped` others; zeros beyond
// the last row. `wide`: four elements at once, if all addresses and sizes allow it.
template <int kColumns, typename T>
__device__ void fetch(const Sequences<const T>& from, const Sizes& sizes, const Place& at,
                      int first, int rows, bool wide, T* tile, int skipped = 0) {
  const T* head = from.at(at.sequence, at.head * sizes.size) + skipped * from.row_stride;
  if (wide) {
    using Quad = Elements<T, kQuad>;
    constexpr int kQuads = kColumns * kWarp / kQuad;  // of a row
#pragma unroll 1                                      // or addresses take the registers of sums
    for (int k = 0; k < kColumns; ++k) {
      const int place = k * kWarp + lane(), c = place % kQuads * kQuad;
      const int row = first_row() + place / kQuads;
      auto* to = reinterpret_cast<Quad*>(tile + row * kStride<kColumns> + c);
      if (first + row < rows && c < sizes.size) {
        copy_ahead(to, reinterpret_cast<const Quad*>(head + (first + row) * from.row_stride + c));
      } else {
        *to = Quad{};
      }
    }
    return;
  }
#pragma unroll 1
  for (int r = 0; r < kRows; ++r) {
    const int row = first_row() + r;
    const T* values = head + (first + row) * from.row_stride;
#pragma unroll 1
    for (int c = lane(); c < kColumns * kWarp; c += kWarp) {
      T* to = tile + row * kStride<kColumns> + c;
      if (first + row < rows && c < sizes.size) {
        copy_ahead(to, values + c);
      } else {
        *to = 0;
      }
    }
  }
}
template <typename T>
bool can_be_wide(const AttentionSizes& sizes, const Sequences<const T>& rows) {
  return sizes.size % kQuad == 0 && rows.row_stride % kQuad == 0 &&
         rows.sequence_stride % kQuad == 0 && are_aligned(rows.data);
}
template <typename T>
bool can_be_wide(const AttentionSizes& sizes, const AttentionInputs<T>& in) {
  return can_be_wide(sizes, in.queries) && can_be_wide(sizes, in.keys) &&
         can_be_wide(sizes, in.values);
}
__device__ inline void wait_for_tiles() {
  close_copies();
  wait_for_copies<0>();
  __syncthreads();
}

// out[r] = row r of `rows` times the lane's own row of the tile.
template <int kColumns, typename T>
__device__ void dots(const T* rows, const T* tile, T (&out)[kRows]) {
  const T* own = tile + lane() * kStride<kColumns>;
  for (T& value : out) value = 0;
#pragma unroll 2
  for (int c = 0; c < kColumns * kWarp; c += 4) {
    const auto b = read<4>(own + c);
#pragma unroll
    for (int r = 0; r < kRows; ++r) {
      const auto a = read<4>(rows + r * kStride<kColumns> + c);
#pragma unroll
      for (int n = 0; n < 4; ++n) out[r] += a.of[n] * b.of[n];
    }
  }
}

// A lane has kColumns columns of a row, in runs of up to 4.
template <int kColumns>
constexpr int kRun = kColumns < 4 ? kColumns : 4;
template <int kColumns>
__device__ int column(int k) {
  return k / kRun<kColumns> * kRun<kColumns> * kWarp + lane() * kRun<kColumns> + k % kRun<kColumns>;
}

// sum[r][k] += Σ_j weights[r] of lane j · tile[j][column(k)]: the product of a warp's rows of
// probabilities with the tile. `exchange` is the block's.
template <int kColumns, typename T>
__device__ void add_rows(const T (&weights)[kRows], T* exchange, const T* tile,
                         T (&sum)[kRows][kColumns]) {
  T* own = exchange + first_row() * kTile;
#pragma unroll
  for (int r = 0; r < kRows; ++r) own[r * kTile + lane()] = weights[r];
  __syncwarp();
#pragma unroll 2
  for (int j = 0; j < kTile; j += 4) {
    Elements<T, 4> w[kRows];
#pragma unroll
    for (int r = 0; r < kRows; ++r) w[r] = read<4>(own + r * kTile + j);
#pragma unroll
    for (int n = 0; n < 4; ++n) {
#pragma unroll
      for (int k = 0; k < kColumns; k += kRun<kColumns>) {
        const auto row =
            read<kRun<kColumns>>(tile + (j + n) * kStride<kColumns> + column<kColumns>(k));
#pragma unroll
        for (int r = 0; r < kRows; ++r) {
#pragma unroll
          for (int m = 0; m < kRun<kColumns>; ++m) sum[r][k + m] += w[r].of[n] * row.of[m];
        }
      }
    }
  }
  __syncwarp();  // before it is overwritten
}

// Two blocks share a multiprocessor: while one waits for its tiles, the other computes.
template <int kColumns>
constexpr int kBlocks = kColumns < 8 ? 2 : 1;

// From a rule, with `of_query` words for each query.
template <typename T>
Kept<T> kept_of(const DropoutRule& rule, std::uint32_t* words, Size of_query) {
  return {rule.threshold > 0 ? words : nullptr, of_query, static_cast<T>(rule.scale)};
}

}  // namespace seqrl::cuda::attention_tiles
