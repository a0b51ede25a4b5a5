// Attention in tiles, as in FlashAttention (Dao, arXiv 2307.08691), one head of a sequence at a
// time: no row of scores is longer than a tile of keys.
//
// Groups of queries loop over the tiles of keys that they see: a tile's keys and values stay in the
// cache while the group's queries multiply with them. For each query three values are kept: the
// largest score so far, the sum of exp(score − largest), and the sum of values weighted by it. A
// larger score scales both sums down. At the end one is divided by the other, and the logarithm of
// the sum of exp(score) is kept for backward.
//
// Products have 24 rows, a strip of queries. They skip keys after the strip's last query and, with
// a window, keys long before its first.
#include "models/ops/cpu/attention.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "models/ops/common/math.h"
#include "models/ops/cpu/attention_tiles.h"

namespace seqrl::cpu {
namespace {

using namespace attending;

constexpr std::int64_t kGroup = 192;  // queries: strips that process a tile together
constexpr std::int64_t kTile = 384;   // keys
static_assert(kGroup % kStrip == 0 && kTile % kLine == 0);
static_assert(kTile % kPanelWidth<float> == 0 && kTile % kPanelWidth<double> == 0);

// combine(…) over the elements of a line, always in the same order: halves, quarters, …
template <int Count = kLine, typename T, typename Combine>
T fold(T* line, Combine&& combine) {
  for (int c = 0; c < Count / 2; ++c) line[c] = combine(line[c], line[c + Count / 2]);
  if constexpr (Count > 2) return fold<Count / 2>(line, combine);
  return line[0];
}

template <typename T>
T largest_of(const T* row, std::int64_t columns) {
  constexpr int kVectors = kLine / kLanes<T>, lanes = kLanes<T>;
  Vector<T> largest[kVectors];
  for (int v = 0; v < kVectors; ++v) largest[v] = load(row + v * lanes);
  for (std::int64_t j = kLine; j < columns; j += kLine) {
    for (int v = 0; v < kVectors; ++v) {
      const Vector<T> x = load(row + j + v * lanes);
      largest[v] = x > largest[v] ? x : largest[v];
    }
  }
  T folded[kLine];
  for (int v = 0; v < kVectors; ++v) store(folded + v * lanes, largest[v]);
  return fold(folded, [](T a, T b) { return a > b ? a : b; });
}

// Forward's state for a query: its largest score so far, and Σ e^(scale·(score − largest)) as the
// sums of every kLine-th key.
template <typename T>
struct alignas(kMemoryAlignment) Softmax {
  T sums[kLine];
  T largest;

  void clear() {
    std::ranges::fill(sums, T(0));
    largest = -std::numeric_limits<T>::infinity();
  }
  T sum() const {
    T line[kLine];
    std::ranges::copy(sums, line);
    return fold(line, [](T a, T b) { return a + b; });
  }

  // Replaces the scores [begin, end) of a row by e^(scale·(score − largest)) and the others, up to
  // a multiple of kLine, by 0. Returns the factor that scales the earlier sums.
  T add(T* row, std::int64_t begin, std::int64_t end, std::int64_t columns, T scale) {
    constexpr T kUnseen = -std::numeric_limits<T>::infinity();
    constexpr int kVectors = kLine / kLanes<T>, lanes = kLanes<T>;
    columns = round_up(columns, kLine);
    begin = std::min(begin, columns), end = std::max(end, std::int64_t{0});
    std::fill(row, row + begin, kUnseen);
    std::fill(row + end, row + columns, kUnseen);
    const T before = largest, now = largest_of(row, columns);
    const T shift = now > before ? now : before;
    const T factor = shift == before ? T(1) : math::exp((before - shift) * scale);
    Vector<T> sum[kVectors];
    for (int v = 0; v < kVectors; ++v) sum[v] = load(sums + v * lanes) * factor;
    for (T* line = row; line < row + columns; line += kLine) {
      for (int c = 0; c < kLine; ++c) {
        const T e = math::exp((line[c] - shift) * scale);
        line[c] = line[c] == kUnseen ? T(0) : e;
      }
      for (int v = 0; v < kVectors; ++v) sum[v] += load(line + v * lanes);
    }
    for (int v = 0; v < kVectors; ++v) store(sums + v * lanes, sum[v]);
    largest = shift;
    return factor;
  }
};

template <typename T>
void multiply_row(T* row, std::int64_t count, T factor) {
  for (std::int64_t c = 0; c < count; ++c) row[c] *= factor;
}

template <typename T>
struct ForwardScratch {
  T *keys, *values;  // panels of kᵀ and v
  T* scores;         // of a strip and a tile
  std::int64_t stride;

  ForwardScratch(const AttentionSizes& sizes, T* memory)
      : keys(memory),
        values(keys + packed_size<T>(sizes.size, sizes.keys())),
        scores(values + packed_size<T>(sizes.keys(), sizes.size)),
        stride(stride_of(std::min(kTile, sizes.keys()))) {}
};

// One head of a sequence.
template <typename T>
class Forward {
 public:
  Forward(const AttentionSizes& sizes, std::int64_t sequence, std::int64_t head,
          const AttentionInputs<T>& in, const Sequences<T>& y, T* log_sums,
          DropoutScales<T>* scales, const ForwardScratch<T>& scratch)
      : sizes_(sizes),
        sequence_head_(sequence * sizes.heads + head),
        queries_(in.queries, sizes, sequence, head),
        y_(y, sizes, sequence, head),
        log_sums_(log_sums + sequence_head_ * sizes.time),
        scales_(scales),
        scratch_(scratch),
        scale_(scale_of<T>(sizes)) {
    pack(Rows<const T>(in.keys, sizes, sequence, head).across(0), sizes.size, sizes.keys(),
         scratch.keys);
    pack(Rows<const T>(in.values, sizes, sequence, head).from(0), sizes.keys(), sizes.size,
         scratch.values);
  }

  void operator()() {
    const Range all{0, sizes_.time};
    for (std::int64_t i = 0; i < all.end; i += kGroup) group(part(all, i, kGroup));
  }

 private:
  void group(Range queries) {
    for (std::int64_t r = 0; r < queries.count(); ++r) softmax_[r].clear();
    const Range keys = keys_of(sizes_, queries);
    for (std::int64_t j = keys.begin / kPanelWidth<T> * kPanelWidth<T>; j < keys.end; j += kTile) {
      const Range tile = part(keys, j, kTile);
      for (std::int64_t i = queries.begin; i < queries.end; i += kStrip) {
        const Range strip = part(queries, i, kStrip);
        if (overlap(keys_of(sizes_, strip), tile).count() > 0) {
          add(cell_of<T>(sizes_, strip, tile), queries.begin);
        }
      }
    }
    for (std::int64_t i = queries.begin; i < queries.end; ++i) {
      const Softmax<T>& softmax = softmax_[i - queries.begin];
      const T sum = softmax.sum();
      multiply_row(y_.at(i), sizes_.size, T(1) / sum);
      log_sums_[i] = softmax.largest * scale_ + std::log(sum);
    }
  }

  // Adds a cell's weighted values to y.
  void add(const Cell& cell, std::int64_t group_begin) {
    const Range queries = cell.queries, keys = cell.keys;
    const bool first = keys.begin <= keys_of(sizes_, queries).begin;
    multiply(sizes_, cell, queries_.from(queries.begin),
             packed_part(scratch_.keys, sizes_.size, 0, keys.begin), scratch_.scores,
             scratch_.stride);
    for (std::int64_t i = queries.begin; i < queries.end; ++i) {
      T* row = scratch_.scores + (i - queries.begin) * scratch_.stride;
      const Range seen = overlap(keys_of(sizes_, i), keys);
      const T factor = softmax_[i - group_begin].add(row, seen.begin - keys.begin,
                                                     seen.end - keys.begin, keys.count(), scale_);
      if (!first && factor != T(1)) multiply_row(y_.at(i), sizes_.size, factor);
    }
    if (scales_) {
      for_each_scale(sizes_, sequence_head_, cell, *scales_,
                     [&](std::int64_t i, std::int64_t key, std::int64_t count, const T* scale) {
                       T* p = scratch_.scores + (i - queries.begin) * scratch_.stride + key -
                              keys.begin;
                       for (std::int64_t c = 0; c < count; ++c) p[c] *= scale[c];
                     });
    }
    gemm_packed(queries.count(), sizes_.size, keys.count(),
                row_major<T>(scratch_.scores, scratch_.stride),
                packed_part(scratch_.values, sizes_.keys(), keys.begin, 0), y_.at(queries.begin),
                y_.stride, first ? Start::zero : Start::accumulate);
  }

  const AttentionSizes& sizes_;
  std::int64_t sequence_head_;
  Rows<const T> queries_;
  Rows<T> y_;
  T* log_sums_;
  DropoutScales<T>* scales_;  // null: none
  const ForwardScratch<T>& scratch_;
  T scale_;
  Softmax<T> softmax_[kGroup];
};

}  // namespace

template <typename T>
std::int64_t attention_scratch(const AttentionSizes& sizes) {
  return packed_size<T>(sizes.size, sizes.keys()) + packed_size<T>(sizes.keys(), sizes.size) +
         std::min(kStrip, sizes.time) * stride_of(std::min(kTile, sizes.keys()));
}

template <typename T>
void attention(const AttentionSizes& sizes, const AttentionInputs<T>& in,
               const DropoutRule& dropout, Sequences<T> y, T* log_sums, T* memory) {
  const ForwardScratch<T> scratch(sizes, memory);
  DropoutScales<T> scales(dropout);
  DropoutScales<T>* const drops = dropout.threshold > 0 ? &scales : nullptr;
  for (std::int64_t sequence = 0; sequence < sizes.batch; ++sequence) {
    for (std::int64_t head = 0; head < sizes.heads; ++head) {
      Forward<T>(sizes, sequence, head, in, y, log_sums, drops, scratch)();
    }
  }
}

#define SEQRL_INSTANTIATE(T)                                                                       \
  template std::int64_t attention_scratch<T>(const AttentionSizes&);                               \
  template void attention<T>(const AttentionSizes&, const AttentionInputs<T>&, const DropoutRule&, \
                             Sequences<T>, T*, T*);
SEQRL_INSTANTIATE(float)
SEQRL_INSTANTIATE(double)

}  // namespace seqrl::cpu
