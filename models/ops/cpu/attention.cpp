// A head of a sequence at a time, in blocks of queries: a block's scores are whole rows, so the
// softmax is the plain one, and memory is kBlock rows instead of `time`. A block multiplies with no
// key after its last query nor, with a window, long before its first: half the work of a square.
// Backward computes the probabilities again: a sixth of its time at 60 tokens and one head, 1.5 %
// of a Transformer's layer, for memory linear in time.
#include "models/ops/cpu/attention.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "models/core/alignment.h"
#include "models/ops/common/math.h"
#include "models/ops/cpu/dropout.h"
#include "models/ops/cpu/gemm.h"

namespace seqrl::cpu {
namespace {

constexpr std::int64_t kBlock = 24;  // queries: a multiple of the product's tile height
constexpr int kRow = 16;             // rows of scores are padded to a multiple, one line of float32

// A block of queries [first, first + rows) and the keys [begin, end) that any of them sees.
struct Block {
  std::int64_t first, rows, begin, end;
  std::int64_t columns() const { return end - begin; }
};

// The keys [begin, end) that query i sees.
std::int64_t begin_of(const AttentionSizes& sizes, std::int64_t i) {
  return sizes.window == 0 ? 0 : std::max<std::int64_t>(0, sizes.past + i + 1 - sizes.window);
}
std::int64_t end_of(const AttentionSizes& sizes, std::int64_t i) {
  return sizes.past + i + 1;
}

template <typename T>
Block block_at(const AttentionSizes& sizes, std::int64_t first) {
  const std::int64_t rows = std::min(kBlock, sizes.time - first);
  const std::int64_t begin = begin_of(sizes, first) / kPanelWidth<T> * kPanelWidth<T>;
  return {first, rows, begin, end_of(sizes, first + rows - 1)};
}

// Rows of scores are this far apart: a block's keys, the first aligned to a panel.
template <typename T>
std::int64_t stride_of(const AttentionSizes& sizes) {
  const std::int64_t widest = sizes.window == 0 ? sizes.keys() : sizes.window + kBlock;
  return round_up(std::min(sizes.keys(), widest + kPanelWidth<T>), kRow);
}

// The packed matrices of a head, and rows of a block.
template <typename T>
struct Scratch {
  std::int64_t stride;
  T *keys_across, *values_across, *keys, *values;  // panels of kᵀ, vᵀ, k, v
  T *scores, *kept, *gradient;                     // (kBlock, stride)

  Scratch(const AttentionSizes& sizes, T* memory) : stride(stride_of<T>(sizes)) {
    const auto take = [&](std::int64_t count) { return std::exchange(memory, memory + count); };
    const std::int64_t across = packed_size<T>(sizes.size, sizes.keys());
    const std::int64_t along = packed_size<T>(sizes.keys(), sizes.size);
    keys_across = take(across), values_across = take(across);
    keys = take(along), values = take(along);
    scores = take(kBlock * stride), kept = take(kBlock * stride);
    gradient = take(kBlock * stride);
  }

  // Query i and key j in one of the blocks of rows.
  T* at(T* rows, const Block& block, std::int64_t i, std::int64_t j) const {
    return rows + (i - block.first) * stride + j - block.begin;
  }
};

// combine(…) of the elements of a line of kRow, always in the same order: halves, quarters, …
template <int Count = kRow, typename T, typename Combine>
T fold(T* line, Combine&& combine) {
  for (int c = 0; c < Count / 2; ++c) line[c] = combine(line[c], line[c + Count / 2]);
  if constexpr (Count > 2) return fold<Count / 2>(line, combine);
  return line[0];
}

// Turns `columns` scores into probabilities, in place: of [begin, end) in proportion to
// e^(scale·score), of the others 0. The row is padded to a multiple of kRow, a line.
template <typename T>
void softmax(T* row, std::int64_t columns, std::int64_t begin, std::int64_t end, T scale) {
  constexpr T kUnseen = -std::numeric_limits<T>::infinity();
  constexpr int kVectors = kRow / kLanes<T>, lanes = kLanes<T>;
  T* const stop = row + round_up(columns, kRow);
  std::fill(row, row + begin, kUnseen);
  std::fill(row + end, stop, kUnseen);

  Vector<T> largest[kVectors], sum[kVectors] = {};
  for (int v = 0; v < kVectors; ++v) largest[v] = load(row + v * lanes);
  for (const T* line = row + kRow; line < stop; line += kRow) {
    for (int v = 0; v < kVectors; ++v) {
      const Vector<T> x = load(line + v * lanes);
      largest[v] = x > largest[v] ? x : largest[v];
    }
  }
  T folded[kRow];
  for (int v = 0; v < kVectors; ++v) store(folded + v * lanes, largest[v]);
  const T shift = fold(folded, [](T a, T b) { return a > b ? a : b; });
  for (T* line = row; line < stop; line += kRow) {
    for (int c = 0; c < kRow; ++c) {
      const T e = math::exp((line[c] - shift) * scale);
      line[c] = line[c] == kUnseen ? T(0) : e;
    }
    for (int v = 0; v < kVectors; ++v) sum[v] += load(line + v * lanes);
  }
  for (int v = 0; v < kVectors; ++v) store(folded + v * lanes, sum[v]);
  const T factor = T(1) / fold(folded, [](T a, T b) { return a + b; });
  for (T* line = row; line < stop; line += kRow) {
    for (int v = 0; v < kVectors; ++v) store(line + v * lanes, load(line + v * lanes) * factor);
  }
}

// Calls visit(i, j, count, scale) for the scales of the probabilities of query i and the keys
// [j, j + count), over the queries of a block and the keys that they see. A query's elements follow
// those of the query before it, one for each key up to its own.
template <typename T, typename Visit>
void for_each_scale(const AttentionSizes& sizes, std::int64_t sequence_head, const Block& block,
                    DropoutScales<T>& scales, Visit&& visit) {
  const std::int64_t time = sizes.time;
  const std::int64_t of_head = sequence_head * (time * sizes.past + time * (time + 1) / 2);
  for (std::int64_t i = block.first; i < block.first + block.rows; ++i) {
    const std::int64_t of_row = of_head + i * sizes.past + i * (i + 1) / 2;
    const std::int64_t begin = begin_of(sizes, i);
    scales(of_row + begin, end_of(sizes, i) - begin,
           [&](std::int64_t offset, std::int64_t count, const T* scale) {
             visit(i, begin + offset, count, scale);
           });
  }
}

// The probabilities of a block before dropout, into scratch.scores.
template <typename T>
void probabilities(const AttentionSizes& sizes, const Block& block, MatrixView<T> queries,
                   const Scratch<T>& scratch) {
  const T scale = T(1) / std::sqrt(static_cast<T>(sizes.size));
  queries.data += block.first * queries.row_stride;
  gemm_packed(block.rows, block.columns(), sizes.size, queries,
              packed_part(scratch.keys_across, sizes.size, 0, block.begin), scratch.scores,
              scratch.stride, Start::zero);
  for (std::int64_t r = 0; r < block.rows; ++r) {
    const std::int64_t i = block.first + r;
    softmax(scratch.scores + r * scratch.stride, block.columns(), begin_of(sizes, i) - block.begin,
            end_of(sizes, i) - block.begin, scale);
  }
}

template <typename T>
MatrixView<T> head_of(const Sequences<const T>& sequences, const AttentionSizes& sizes,
                      std::int64_t sequence, std::int64_t head) {
  return {sequences.at(sequence, head * sizes.size), sequences.row_stride, 1};
}

template <typename T>
MatrixView<T> across(MatrixView<T> view) {
  return {view.data, view.column_stride, view.row_stride};
}

}  // namespace

template <typename T>
std::int64_t attention_scratch(const AttentionSizes& sizes) {
  return 2 * packed_size<T>(sizes.size, sizes.keys()) +
         2 * packed_size<T>(sizes.keys(), sizes.size) + 3 * kBlock * stride_of<T>(sizes);
}

template <typename T>
void attention(const AttentionSizes& sizes, const AttentionInputs<T>& in,
               const DropoutRule& dropout, Sequences<T> y, T* memory) {
  const Scratch<T> scratch(sizes, memory);
  const std::int64_t keys = sizes.keys(), size = sizes.size;
  DropoutScales<T> scales(dropout);
  for (std::int64_t sequence = 0; sequence < sizes.batch; ++sequence) {
    for (std::int64_t head = 0; head < sizes.heads; ++head) {
      const MatrixView<T> q = head_of(in.queries, sizes, sequence, head);
      pack(across(head_of(in.keys, sizes, sequence, head)), size, keys, scratch.keys_across);
      pack(head_of(in.values, sizes, sequence, head), keys, size, scratch.values);
      for (std::int64_t first = 0; first < sizes.time; first += kBlock) {
        const Block block = block_at<T>(sizes, first);
        probabilities(sizes, block, q, scratch);
        if (dropout.threshold > 0) {
          for_each_scale(sizes, sequence * sizes.heads + head, block, scales,
                         [&](std::int64_t i, std::int64_t j, std::int64_t count, const T* scale) {
                           T* p = scratch.at(scratch.scores, block, i, j);
                           for (std::int64_t c = 0; c < count; ++c) p[c] *= scale[c];
                         });
        }
        gemm_packed(block.rows, size, block.columns(), row_major<T>(scratch.scores, scratch.stride),
                    packed_part(scratch.values, keys, block.begin, 0),
                    y.at(sequence, head * size) + first * y.row_stride, y.row_stride, Start::zero);
      }
    }
  }
}

template <typename T>
void attention_backward(const AttentionSizes& sizes, const AttentionInputs<T>& in,
                        const DropoutRule& dropout, Sequences<const T> dy, Sequences<T> dq,
                        Sequences<T> dk, Sequences<T> dv, T* memory) {
  const Scratch<T> scratch(sizes, memory);
  const std::int64_t keys = sizes.keys(), size = sizes.size, stride = scratch.stride;
  const T scale = T(1) / std::sqrt(static_cast<T>(size));
  DropoutScales<T> scales(dropout);
  for (std::int64_t sequence = 0; sequence < sizes.batch; ++sequence) {
    for (std::int64_t head = 0; head < sizes.heads; ++head) {
      const MatrixView<T> q = head_of(in.queries, sizes, sequence, head);
      const MatrixView<T> k = head_of(in.keys, sizes, sequence, head);
      const MatrixView<T> v = head_of(in.values, sizes, sequence, head);
      const MatrixView<T> upstream = head_of(dy, sizes, sequence, head);
      pack(across(k), size, keys, scratch.keys_across);
      pack(across(v), size, keys, scratch.values_across);
      pack(k, keys, size, scratch.keys);
      for (std::int64_t first = 0; first < sizes.time; first += kBlock) {
        const Block block = block_at<T>(sizes, first);
        const MatrixView<T> queries{q.data + first * q.row_stride, q.row_stride, 1};
        const MatrixView<T> dblock{upstream.data + first * upstream.row_stride, upstream.row_stride,
                                   1};
        probabilities(sizes, block, q, scratch);
        gemm_packed(block.rows, block.columns(), size, dblock,
                    packed_part(scratch.values_across, size, 0, block.begin), scratch.gradient,
                    stride, Start::zero);
        const T* kept = scratch.scores;
        if (dropout.threshold > 0) {
          kept = scratch.kept;
          std::copy_n(scratch.scores, block.rows * stride, scratch.kept);
          for_each_scale(sizes, sequence * sizes.heads + head, block, scales,
                         [&](std::int64_t i, std::int64_t j, std::int64_t count, const T* factor) {
                           T* p = scratch.at(scratch.kept, block, i, j);
                           T* dp = scratch.at(scratch.gradient, block, i, j);
                           for (std::int64_t c = 0; c < count; ++c) {
                             p[c] *= factor[c];
                             dp[c] *= factor[c];
                           }
                         });
        }
        // Of the keys that gradients flow into, those that this block sees.
        const std::int64_t seen = std::max(block.begin, sizes.past);
        const std::int64_t skipped = seen - block.begin, to = seen - sizes.past;
        gemm(block.end - seen, size, block.rows, transposed(kept + skipped, stride), dblock,
             dv.at(sequence, head * size) + to * dv.row_stride, dv.row_stride, Start::accumulate);
        for (std::int64_t r = 0; r < block.rows; ++r) {
          const T* p = scratch.scores + r * stride;
          T* dp = scratch.gradient + r * stride;
          const T mean =
              ordered_sum<T>(block.columns(), [=](std::int64_t j) { return p[j] * dp[j]; });
          for (std::int64_t j = 0; j < block.columns(); ++j) dp[j] = p[j] * (dp[j] - mean) * scale;
        }
        gemm_packed(block.rows, size, block.columns(), row_major<T>(scratch.gradient, stride),
                    packed_part(scratch.keys, keys, block.begin, 0),
                    dq.at(sequence, head * size) + first * dq.row_stride, dq.row_stride,
                    Start::accumulate);
        gemm(block.end - seen, size, block.rows, transposed<T>(scratch.gradient + skipped, stride),
             queries, dk.at(sequence, head * size) + to * dk.row_stride, dk.row_stride,
             Start::accumulate);
      }
    }
  }
}

#define SEQRL_INSTANTIATE(T)                                                                       \
  template std::int64_t attention_scratch<T>(const AttentionSizes&);                               \
  template void attention<T>(const AttentionSizes&, const AttentionInputs<T>&, const DropoutRule&, \
                             Sequences<T>, T*);                                                    \
  template void attention_backward<T>(const AttentionSizes&, const AttentionInputs<T>&,            \
                                      const DropoutRule&, Sequences<const T>, Sequences<T>,        \
                                      Sequences<T>, Sequences<T>, T*);
SEQRL_INSTANTIATE(float)
SEQRL_INSTANTIATE(double)

}  // namespace seqrl::cpu
