// Backward of attention in tiles. Probabilities are recomputed, p = exp(score − log_sum). With D =
// Σ y·dy of a query, the gradient of a score is p·(dy·v − D).
//
// Each tile of keys loops over the groups of queries that see it: the gradients of its keys and
// values stay in the cache, and a product adds the terms of a whole group to them. Products have 24
// rows. A strip of queries skips the keys that none of them sees, and a strip of keys skips queries
// in the same way.
#include <algorithm>
#include <cmath>
#include <utility>

#include "models/ops/common/math.h"
#include "models/ops/cpu/attention.h"
#include "models/ops/cpu/attention_tiles.h"

namespace seqrl::cpu {
namespace {

using namespace attending;

constexpr std::int64_t kTile = 192;   // keys
constexpr std::int64_t kGroup = 192;  // queries: strips that process a tile together
static_assert(kGroup % kStrip == 0 && kTile % kStrip == 0 && kTile % kLine == 0);
static_assert(kTile % kPanelWidth<float> == 0 && kTile % kPanelWidth<double> == 0);

// The largest parts of a tile and of a group that occur.
struct Extent {
  std::int64_t keys, queries, strip, stride;

  explicit Extent(const AttentionSizes& sizes)
      : keys(std::min(kTile, sizes.keys())),
        queries(std::min(kGroup, sizes.time)),
        strip(std::min(kStrip, sizes.time)),
        stride(stride_of(keys)) {}
};

template <typename T>
struct BackwardScratch {
  std::int64_t stride;                    // of rows of scores
  T *queries, *dy;                        // panels of a head
  T *keys, *keys_across, *values_across;  // panels of a tile
  T *probabilities, *gradients;           // of a group and a tile
  T* factors;                             // of a strip and a tile
  T* means;                               // D of every query

  BackwardScratch(const AttentionSizes& sizes, T* memory) {
    const auto take = [&](std::int64_t count) { return std::exchange(memory, memory + count); };
    const Extent extent(sizes);
    const std::int64_t along = packed_size<T>(sizes.time, sizes.size);
    const std::int64_t across = packed_size<T>(sizes.size, extent.keys);
    stride = extent.stride;
    queries = take(along), dy = take(along);
    keys = take(packed_size<T>(extent.keys, sizes.size));
    keys_across = take(across), values_across = take(across);
    probabilities = take(extent.queries * stride), gradients = take(extent.queries * stride);
    factors = take(extent.strip * stride), means = take(sizes.time);
  }
};

struct Columns {
  int begin, end;
};

// Turns the scores in the columns of a row, in whole lines, into probabilities after dropout, and
// dy·v into the gradients of the scores; both are 0 for keys that are not seen.
template <bool kDrops, typename T>
void differentiate(T* p, T* dp, const T* factors, Columns columns, Columns seen, T scale, T log_sum,
                   T mean) {
  for (int line = columns.begin; line < columns.end; line += kLine) {
    for (int j = line; j < line + kLine; ++j) {
      const bool sees = j >= seen.begin && j < seen.end;
      const T factor = kDrops ? factors[j] : T(1);
      const T e = math::exp(p[j] * scale - log_sum);
      const T d = e * (factor * dp[j] - mean) * scale;
      p[j] = sees ? e * factor : T(0);
      dp[j] = sees ? d : T(0);
    }
  }
}

// The gradients of one head of a sequence.
template <typename T>
struct HeadGradients {
  Rows<T> dq, dk, dv;
};

template <typename T>
class Backward {
 public:
  Backward(const AttentionSizes& sizes, std::int64_t sequence, std::int64_t head,
           const AttentionInputs<T>& in, const Sequences<const T>& y, const T* log_sums,
           const Sequences<const T>& dy, const HeadGradients<T>& out, DropoutScales<T>* scales,
           const BackwardScratch<T>& scratch, bool accumulate)
      : sizes_(sizes),
        sequence_head_(sequence * sizes.heads + head),
        queries_(in.queries, sizes, sequence, head),
        keys_(in.keys, sizes, sequence, head),
        values_(in.values, sizes, sequence, head),
        dy_(dy, sizes, sequence, head),
        log_sums_(log_sums + sequence_head_ * sizes.time),
        out_(out),
        scales_(scales),
        scratch_(scratch),
        scale_(scale_of<T>(sizes)),
        accumulate_(accumulate) {
    pack(queries_.from(0), sizes.time, sizes.size, scratch.queries);
    pack(dy_.from(0), sizes.time, sizes.size, scratch.dy);
    const Rows<const T> results(y, sizes, sequence, head);
    for (std::int64_t i = 0; i < sizes.time; ++i) {
      const T *a = results.at(i), *b = dy_.at(i);
      scratch.means[i] = ordered_sum<T>(sizes.size, [=](std::int64_t c) { return a[c] * b[c]; });
    }
  }

  void operator()() {
    const Range all{0, sizes_.keys()};
    for (std::int64_t j = 0; j < all.end; j += kTile) {
      const Range tile = part(all, j, kTile);
      pack(keys_.from(j), tile.count(), sizes_.size, scratch_.keys);
      pack(keys_.across(j), sizes_.size, tile.count(), scratch_.keys_across);
      pack(values_.across(j), sizes_.size, tile.count(), scratch_.values_across);
      const Range queries = whole_strips(queries_of(sizes_, tile));
      for (std::int64_t i = queries.begin; i < queries.end; i += kGroup) {
        group(part(queries, i, kGroup), tile);
      }
    }
  }

 private:
  // A query is in the same strip for every tile.
  Range whole_strips(Range queries) const {
    return {queries.begin / kStrip * kStrip, std::min(sizes_.time, round_up(queries.end, kStrip))};
  }

  // The start of a sum, depending on whether others were added to it before.
  Start start(bool first) const { return first && !accumulate_ ? Start::zero : Start::accumulate; }

  void group(Range queries, Range tile) {
    for (std::int64_t i = queries.begin; i < queries.end; i += kStrip) {
      strip_of_queries(cell_of<T>(sizes_, part(queries, i, kStrip), tile), queries, tile);
    }
    // No gradient flows into the keys before the first query's own.
    for (std::int64_t j = std::max(tile.begin, sizes_.past); j < tile.end; j += kStrip) {
      strip_of_keys(part(tile, j, kStrip), queries, tile);
    }
  }

  // Computes the probabilities and the gradients of the scores of a cell, and adds their terms to
  // dq.
  void strip_of_queries(const Cell& cell, Range group, Range tile) {
    const Range queries = cell.queries, keys = cell.keys;
    const std::int64_t row = (queries.begin - group.begin) * scratch_.stride,
                       column = keys.begin - tile.begin;
    T *const p = scratch_.probabilities + row, *const dp = scratch_.gradients + row;
    multiply(sizes_, cell, queries_.from(queries.begin),
             packed_part(scratch_.keys_across, sizes_.size, 0, column), p + column,
             scratch_.stride);
    multiply(sizes_, cell, dy_.from(queries.begin),
             packed_part(scratch_.values_across, sizes_.size, 0, column), dp + column,
             scratch_.stride);
    if (scales_) {
      for_each_scale(sizes_, sequence_head_, cell, *scales_,
                     [&](std::int64_t i, std::int64_t key, std::int64_t count, const T* scale) {
                       std::copy_n(scale, count,
                                   scratch_.factors + (i - queries.begin) * scratch_.stride + key -
                                       tile.begin);
                     });
    }
    for (std::int64_t i = queries.begin; i < queries.end; ++i) {
      const std::int64_t offset = (i - queries.begin) * scratch_.stride;
      row_of_scores(i, keys, tile, p + offset, dp + offset, scratch_.factors + offset);
    }
    gemm_packed(queries.count(), sizes_.size, keys.count(),
                row_major<T>(dp + column, scratch_.stride),
                packed_part(scratch_.keys, tile.count(), column, 0), out_.dq.at(queries.begin),
                out_.dq.stride, start(tile.begin <= keys_of(sizes_, queries).begin));
  }

  // Handles a cell's scores in one row of a tile; the others become 0.
  void row_of_scores(std::int64_t query, Range keys, Range tile, T* p, T* dp, const T* factors) {
    const auto index = [&](std::int64_t key) { return static_cast<int>(key - tile.begin); };
    const int first = index(keys.begin) / kLine * kLine, last = round_up(index(keys.end), kLine);
    for (T* row : {p, dp}) {
      std::fill(row, row + first, T(0));
      std::fill(row + last, row + round_up(tile.count(), kLine), T(0));
    }
    const Range seen = keys_of(sizes_, query);
    const auto of_row = scales_ ? differentiate<true, T> : differentiate<false, T>;
    of_row(p, dp, factors, {first, last}, {index(seen.begin), index(seen.end)}, scale_,
           log_sums_[query], scratch_.means[query]);
  }

  // Adds a group of queries' terms to the gradients of a strip of keys and their values.
  void strip_of_keys(Range keys, Range group, Range tile) {
    const Range all = queries_of(sizes_, keys), queries = overlap(all, group);
    if (queries.count() <= 0) return;
    const std::int64_t to = keys.begin - sizes_.past;
    const std::int64_t corner =
        (queries.begin - group.begin) * scratch_.stride + keys.begin - tile.begin;
    const auto add = [&](const T* weights, const T* rows, const Rows<T>& sums) {
      gemm_packed(keys.count(), sizes_.size, queries.count(),
                  transposed(weights + corner, scratch_.stride),
                  packed_part(rows, sizes_.time, queries.begin, 0), sums.at(to), sums.stride,
                  start(queries.begin == all.begin));
    };
    add(scratch_.probabilities, scratch_.dy, out_.dv);
    add(scratch_.gradients, scratch_.queries, out_.dk);
  }

  const AttentionSizes& sizes_;
  std::int64_t sequence_head_;
  Rows<const T> queries_, keys_, values_, dy_;
  const T* log_sums_;
  HeadGradients<T> out_;
  DropoutScales<T>* scales_;  // null: none
  const BackwardScratch<T>& scratch_;
  T scale_;
  bool accumulate_;
};

}  // namespace

template <typename T>
std::int64_t attention_backward_scratch(const AttentionSizes& sizes) {
  const Extent extent(sizes);
  return 2 * packed_size<T>(sizes.time, sizes.size) + packed_size<T>(extent.keys, sizes.size) +
         2 * packed_size<T>(sizes.size, extent.keys) +
         (2 * extent.queries + extent.strip) * extent.stride + sizes.time;
}

template <typename T>
void attention_backward(const AttentionSizes& sizes, const AttentionInputs<T>& in,
                        const DropoutRule& dropout, Sequences<const T> y, const T* log_sums,
                        Sequences<const T> dy, Sequences<T> dq, Sequences<T> dk, Sequences<T> dv,
                        bool accumulate, T* memory) {
  const BackwardScratch<T> scratch(sizes, memory);
  DropoutScales<T> scales(dropout);
  DropoutScales<T>* const drops = dropout.threshold > 0 ? &scales : nullptr;
  for (std::int64_t sequence = 0; sequence < sizes.batch; ++sequence) {
    for (std::int64_t head = 0; head < sizes.heads; ++head) {
      const HeadGradients<T> out{
          {dq, sizes, sequence, head}, {dk, sizes, sequence, head}, {dv, sizes, sequence, head}};
      Backward<T>(sizes, sequence, head, in, y, log_sums, dy, out, drops, scratch, accumulate)();
    }
  }
}

#define SEQRL_INSTANTIATE(T)                                                                    \
  template std::int64_t attention_backward_scratch<T>(const AttentionSizes&);                   \
  template void attention_backward<T>(                                                          \
      const AttentionSizes&, const AttentionInputs<T>&, const DropoutRule&, Sequences<const T>, \
      const T*, Sequences<const T>, Sequences<T>, Sequences<T>, Sequences<T>, bool, T*);
SEQRL_INSTANTIATE(float)
SEQRL_INSTANTIATE(double)

}  // namespace seqrl::cpu
