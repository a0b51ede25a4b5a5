// The tiles that attention's forward and backward process: which queries see which keys, and the
// element numbers of their probabilities for dropout.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <type_traits>

#include "models/core/alignment.h"
#include "models/ops/common/attention.h"
#include "models/ops/cpu/dropout.h"
#include "models/ops/cpu/gemm.h"

namespace seqrl::cpu::attending {

using op::AttentionSizes;
using op::Sequences;

inline constexpr std::int64_t kStrip = 24;  // queries or keys: two of the product's tiles
inline constexpr std::int64_t kLine = 16;   // elements that a loop over scores handles together

// The distance between rows of scores of this many keys: an odd number of cache lines, so that a
// column of scores does not map to a few sets of the L1 cache.
constexpr std::int64_t stride_of(std::int64_t keys) {
  return (divide_up(keys, kLine) | 1) * kLine;
}

// Queries or keys [begin, end).
struct Range {
  std::int64_t begin, end;
  std::int64_t count() const { return end - begin; }
};
inline Range overlap(Range a, Range b) {
  return {std::max(a.begin, b.begin), std::min(a.end, b.end)};
}
inline Range part(Range whole, std::int64_t begin, std::int64_t count) {
  return {begin, std::min(whole.end, begin + count)};
}

// The keys that any of the queries sees.
inline Range keys_of(const AttentionSizes& sizes, Range queries) {
  const std::int64_t first = sizes.past + queries.begin;
  return {sizes.window == 0 ? 0 : std::max<std::int64_t>(0, first + 1 - sizes.window),
          sizes.past + queries.end};
}
inline Range keys_of(const AttentionSizes& sizes, std::int64_t query) {
  return keys_of(sizes, {query, query + 1});
}
// The queries that see any of the keys.
inline Range queries_of(const AttentionSizes& sizes, Range keys) {
  const std::int64_t last = keys.end - 1 - sizes.past + sizes.window;
  return {std::max<std::int64_t>(0, keys.begin - sizes.past),
          sizes.window == 0 ? sizes.time : std::min(sizes.time, last)};
}

// One strip of queries, and the keys of a tile that any of them sees, with the first key aligned to
// a panel.
struct Cell {
  Range queries, keys;
};
template <typename T>
Cell cell_of(const AttentionSizes& sizes, Range queries, Range tile) {
  Range keys = overlap(keys_of(sizes, queries), tile);
  keys.begin -= (keys.begin - tile.begin) % kPanelWidth<T>;
  return {queries, keys};
}

// The rows of a head of a sequence.
template <typename T>
struct Rows {
  T* data;
  std::int64_t stride;

  Rows(const Sequences<T>& sequences, const AttentionSizes& sizes, std::int64_t sequence,
       std::int64_t head)
      : data(sequences.at(sequence, head * sizes.size)), stride(sequences.row_stride) {}
  T* at(std::int64_t row) const { return data + row * stride; }
  MatrixView<std::remove_const_t<T>> from(std::int64_t row) const { return {at(row), stride, 1}; }
  MatrixView<std::remove_const_t<T>> across(std::int64_t row) const { return {at(row), 1, stride}; }
};

template <typename T>
T scale_of(const AttentionSizes& sizes) {
  return T(1) / std::sqrt(static_cast<T>(sizes.size));
}

// scores (queries, keys of the cell) = q·kᵀ or dy·vᵀ, in whole vectors, also beyond the last key.
template <typename T>
void multiply(const AttentionSizes& sizes, const Cell& cell, MatrixView<T> rows,
              PackedView<T> columns, T* scores, std::int64_t stride) {
  gemm_packed(cell.queries.count(), round_up(cell.keys.count(), kLanes<T>), sizes.size, rows,
              columns, scores, stride, Start::zero);
}

// Calls visit(query, key, count, scale) with the scales of the probabilities of a query and the
// keys [key, key + count), for the queries of a cell and the keys that they see. A query's elements
// follow those of the query before it, one for each key up to its own.
template <typename T, typename Visit>
void for_each_scale(const AttentionSizes& sizes, std::int64_t sequence_head, const Cell& cell,
                    DropoutScales<T>& scales, Visit&& visit) {
  const std::int64_t time = sizes.time;
  const std::int64_t of_head = sequence_head * (time * sizes.past + time * (time + 1) / 2);
  for (std::int64_t i = cell.queries.begin; i < cell.queries.end; ++i) {
    const std::int64_t of_row = of_head + i * sizes.past + i * (i + 1) / 2;
    const Range seen = overlap(keys_of(sizes, i), cell.keys);
    scales(of_row + seen.begin, seen.count(),
           [&](std::int64_t offset, std::int64_t count, const T* scale) {
             visit(i, seen.begin + offset, count, scale);
           });
  }
}

}  // namespace seqrl::cpu::attending
