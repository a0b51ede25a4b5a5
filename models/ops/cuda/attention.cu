// Attention in tiles, as in FlashAttention (Dao, arXiv 2307.08691): no matrix of probabilities is
// ever in the device's memory.
//
// A block computes the outputs of 32 queries of one head. It reads the keys and values that these
// queries see in tiles of 32 into shared memory. For each query it keeps the largest score so far,
// the sum of exp(score − largest), and the sum of the values weighted by it; a larger score scales
// the two sums down. At the end the output is one sum divided by the other, and the logarithm of
// the sum of exp(score) is stored for backward.
//
// The probabilities that dropout keeps are drawn before the first tile, one bit each, and stored
// for backward. A block of Philox decides on 8 elements of a query, 16 apart, which no single lane
// owns.
#include "models/ops/cuda/attention.h"

#include <limits>

#include "models/ops/cuda/attention_tiles.cuh"

namespace seqrl::cuda {
namespace {

using namespace attention_tiles;

// Draws for the queries of the thread's warp, from `first` on. Elements are numbered within their
// shard: a query's follow those of the query before it, one for each key up to its own.
template <typename T>
__device__ void draw(const Sizes& sizes, const DropoutRule& rule, const Place& at, int first,
                     const Kept<T>& kept) {
  constexpr Size kDrawn = 2 * kDropoutGroup;  // elements that a warp draws for at once
  Size shard = 0, sequence = at.sequence;
  if (rule.shards > 1) {
    shard = shard_of(rule, at.sequence);
    sequence -= first_sample(rule, shard);
  }
  const Size time = sizes.time, past = sizes.past;
  const Size of_head = (sequence * sizes.heads + at.head) * (time * past + time * (time + 1) / 2);
  Size drawn = -1;    // the elements from drawn · kDrawn on
  unsigned bits = 0;  // the lane's 8 of them: element `lane % 16` of a group, and every 16th
  const int end = first + kRows < sizes.time ? first + kRows : sizes.time;
  for (Size i = first; i < end; ++i) {
    const Size row = of_head + i * past + i * (i + 1) / 2;
    const int own = static_cast<int>(i);
    std::uint32_t* words = kept.words + at.query(sizes, own) * kept.of_query;
    for (int tile = begin_of(sizes, own) / kTile; tile * kTile < end_of(sizes, own); ++tile) {
      const Size element = row + tile * kTile;
      std::uint32_t word = 0;
      for (Size part = element / kDrawn; part <= (element + kTile - 1) / kDrawn; ++part) {
        if (part != drawn) {
          drawn = part;
          const DropoutBits drew =
              dropout_bits(rule, shard, part * 2 + lane() / kDropoutLanes, lane() % kDropoutLanes);
          bits = 0;
#pragma unroll
          for (int n = 0; n < kDropoutGroup / kDropoutLanes; ++n) {
            bits |= static_cast<unsigned>(drew.of(n) >= rule.threshold) << n;
          }
        }
        // Each lane asks the lane that drew for its own element, out of 256.
        const int place = static_cast<int>(element - part * kDrawn) + lane();
        const int group = place / kDropoutGroup, within = place % kDropoutGroup;
        const unsigned theirs =
            __shfl_sync(~0u, bits, (group * kDropoutLanes + within % kDropoutLanes) % kWarp);
        const bool here = place >= 0 && place < kDrawn;
        word |= __ballot_sync(~0u, here && (theirs >> (within / kDropoutLanes) & 1));
      }
      if (lane() == 0) words[tile] = word;
    }
  }
  __syncwarp();  // the other lanes read what the first wrote
}

template <typename T, int kColumns>
__global__ __launch_bounds__(kBlock, kBlocks<kColumns>) void forward(Sizes sizes, bool wide,
                                                                     Position length,
                                                                     AttentionInputs<T> in,
                                                                     DropoutRule rule, Kept<T> kept,
                                                                     Sequences<T> y, T* log_sums) {
  // The block's queries, and its shared memory: tiles of queries, keys and values.
  leave_out(length, sizes);
  const Place at(sizes, blockIdx.x);
  T *queries = shared_memory<T>(), *keys = queries + kTileSize<kColumns>;
  T *values = keys + kTileSize<kColumns>, *exchange = values + kTileSize<kColumns>;
  const T scale = scale_of<T>(sizes);
  const T* own = queries + first_row() * kStride<kColumns>;
  const int own_first = at.first + first_row();
  fetch<kColumns>(in.queries, sizes, at, at.first, sizes.time, wide, queries);
  if (kept.words) draw(sizes, rule, at, own_first, kept);

  // For each of the warp's rows: the largest score, Σ exp(score − largest), and Σ of values.
  T largest[kRows], total[kRows] = {}, sum[kRows][kColumns] = {};
  for (T& value : largest) value = -std::numeric_limits<T>::infinity();
  const int last = at.first + kTile < sizes.time ? at.first + kTile : sizes.time;
  const int end = end_of(sizes, last - 1);
  // Every tile of keys that any of the queries sees.
  for (int first = begin_of(sizes, at.first) / kTile * kTile; first < end; first += kTile) {
    __syncthreads();  // no thread reads the last tile any more
    fetch<kColumns>(in.keys, sizes, at, first, sizes.keys(), wide, keys, sizes.left_out);
    fetch<kColumns>(in.values, sizes, at, first, sizes.keys(), wide, values, sizes.left_out);
    wait_for_tiles();
    if (!any_sees(sizes, own_first, kRows, first)) continue;
    // Scores of the warp's queries with the lane's key; the sums are rescaled to the new largest
    // score.
    T weights[kRows];
    dots<kColumns>(own, keys, weights);
    std::uint32_t words[kRows];
#pragma unroll
    for (int r = 0; r < kRows; ++r) words[r] = kept.word(sizes, at, own_first + r, first);
#pragma unroll
    for (int r = 0; r < kRows; ++r) {
      const int i = own_first + r, key = first + lane();
      const bool seen = sees(sizes, i, key);
      const T score = weights[r];
      const T peak = warp_max(seen ? score : -std::numeric_limits<T>::infinity());
      const T shift = peak > largest[r] ? peak : largest[r];
      const T before = total[r] > 0 ? math::exp((largest[r] - shift) * scale) : T(0);
      const T p = seen ? math::exp((score - shift) * scale) : T(0);
      largest[r] = shift;
      total[r] = total[r] * before + warp_sum(p);
      for (T& value : sum[r]) value *= before;
      weights[r] = seen ? p * kept.factor(words[r], lane()) : T(0);
    }
    add_rows(weights, exchange, values, sum);
  }
  // The outputs.
#pragma unroll
  for (int r = 0; r < kRows; ++r) {
    const int i = own_first + r;
    if (i >= sizes.time) continue;
    const T share = math::quotient(T(1), total[r]);
    T* to = y.at(at.sequence, at.head * sizes.size) + i * y.row_stride;
#pragma unroll
    for (int k = 0; k < kColumns; ++k) {
      const int c = column<kColumns>(k);
      if (c < sizes.size) to[c] = sum[r][k] * share;
    }
    if (lane() == 0) {
      log_sums[at.query(sizes, i)] = largest[r] * scale + std::log(total[r]);
    }
  }
}

}  // namespace

void install_attention() {
  const auto install = []<typename T>(T) {
    attention<T> = [](const AttentionSizes& sizes, Position length, const AttentionInputs<T>& in,
                      DropoutRule rule, std::uint32_t* kept, Sequences<T> y, T* log_sums) {
      with_columns<kLargestHead / kWarp>(sizes.size, [&](auto columns) {
        launch(forward<T, columns()>, sizes.batch * sizes.heads * blocks_for(sizes.time, kTile),
               kBlock, (3 * kTileSize<columns()> + kExchange) * sizeof(T), Sizes(sizes),
               can_be_wide(sizes, in), length, in, rule,
               kept_of<T>(rule, kept, attention_words(sizes)), y, log_sums);
      });
    };
  };
  SEQRL_INSTALL(install);
}

}  // namespace seqrl::cuda
