// Attention's gradients, in tiles as in forward.
//
// Probabilities are recomputed, p = exp(score − log_sum). With D = Σ y·dy of a query, the gradient
// of a score is p·(dy·v − D). Half of the blocks each own 32 queries and loop over the keys to sum
// up dq; the other half own 32 keys and loop over the queries to sum up dk and dv. Every sum
// therefore has one owner: there are no atomics, and results agree to the bit.
#include "models/ops/cuda/attention.h"
#include "models/ops/cuda/attention_tiles.cuh"

namespace seqrl::cuda {
namespace {

using namespace attention_tiles;

// The inputs of backward.
template <typename T>
struct Forward {
  AttentionInputs<T> in;
  Kept<T> kept;
  Sequences<const T> y, dy;
  const T* log_sums;
};

// Σ y·dy of query i, a row of the tile `upstream` of dy: the term that the softmax's gradient
// subtracts.
template <int kColumns, typename T>
__device__ T query_mean(const Sizes& sizes, const Place& at, const Sequences<const T>& y, int i,
                        const T* upstream) {
  const T* row = y.at(at.sequence, at.head * sizes.size) + i * y.row_stride;
  T sum = 0;
#pragma unroll
  for (int k = 0; k < kColumns; ++k) {
    const int c = k * kWarp + lane();
    if (i < sizes.time && c < sizes.size) sum += row[c] * upstream[c];
  }
  return warp_sum(sum);
}

// For one query and one key: the probability after dropout, and the gradient of the score.
// `factor`: dropout's factor for the probability.
template <typename T>
struct Pair {
  T probability, gradient;
};
template <typename T>
__device__ Pair<T> pair_of(const Sizes& sizes, T factor, int i, int key, T scale, T score,
                           T to_value, T log_sum, T mean) {
  if (!sees(sizes, i, key)) return {T(0), T(0)};
  const T p = math::exp(score * scale - log_sum);
  return {p * factor, p * (to_value * factor - mean) * scale};
}

template <typename T, int kColumns>
__device__ void put_rows(const Sizes& sizes, const Place& at, const T (&sum)[kRows][kColumns],
                         const Sequences<T>& to, bool accumulate) {
#pragma unroll
  for (int r = 0; r < kRows; ++r) {
    const int row = at.first + first_row() + r;
    if (row >= sizes.time) continue;
    T* out = to.at(at.sequence, at.head * sizes.size) + row * to.row_stride;
#pragma unroll
    for (int k = 0; k < kColumns; ++k) {
      const int c = column<kColumns>(k);
      if (c < sizes.size) put(out[c], sum[r][k], accumulate);
    }
  }
}

// Adds a block's rows over its warps and writes the sum to one row of a head. `shared`: any tile's
// memory.
template <int kColumns, typename T>
__device__ void sum_rows(const Sizes& sizes, const T (&rows)[kRows][kColumns], T* shared, T* to) {
  constexpr int kWidth = kColumns * kWarp;
  __syncthreads();  // no thread reads it any more
#pragma unroll
  for (int k = 0; k < kColumns; ++k) {
    T sum = 0;
#pragma unroll
    for (int r = 0; r < kRows; ++r) sum += rows[r][k];  // zeros beyond the last row
    shared[first_row() / kRows * kWidth + column<kColumns>(k)] = sum;
  }
  __syncthreads();
  for (int c = static_cast<int>(threadIdx.x); c < sizes.size; c += kBlock) {
    T sum = 0;
    for (int warp = 0; warp < kWarps; ++warp) sum += shared[warp * kWidth + c];
    to[c] = sum;
  }
}

// The destination of a block's sums: parts (batch, tiles, 3, heads, size), of queries, keys and
// values.
template <typename T>
__device__ T* sums_of(const Sizes& sizes, const Place& at, int which, T* parts) {
  const int tiles = divide_up(sizes.time, kTile);
  return parts + (((at.sequence * tiles + at.first / kTile) * 3 + which) * sizes.heads + at.head) *
                     sizes.size;
}

// A block's shared memory in backward.
template <typename T, int kColumns>
struct BackwardTiles {
  T* queries = shared_memory<T>();
  T* upstream = queries + kTileSize<kColumns>;  // dy
  T* keys = upstream + kTileSize<kColumns>;
  T* values = keys + kTileSize<kColumns>;
  T* exchange = values + kTileSize<kColumns>;
  T* means = exchange + kExchange;  // of the tile's queries
};
template <typename T, int kColumns>
constexpr std::size_t kBackwardBytes = (4 * kTileSize<kColumns> + kExchange + kTile) * sizeof(T);

// Gradients of a tile of queries; each lane is a key.
template <typename T, int kColumns>
__device__ void query_gradients(const Sizes& sizes, bool wide, const Forward<T>& pass,
                                const Place& at, const Sequences<T>& dq, bool accumulate,
                                T* parts) {
  const BackwardTiles<T, kColumns> tiles;
  const T scale = scale_of<T>(sizes);
  const int row = first_row() * kStride<kColumns>;
  const int own_first = at.first + first_row();
  fetch<kColumns>(pass.in.queries, sizes, at, at.first, sizes.time, wide, tiles.queries);
  fetch<kColumns>(pass.dy, sizes, at, at.first, sizes.time, wide, tiles.upstream);
  wait_for_tiles();
  // D and log_sum of the warp's queries, the same in every lane.
  T mean[kRows], log_sum[kRows], sum[kRows][kColumns] = {};
#pragma unroll
  for (int r = 0; r < kRows; ++r) {
    const int i = own_first + r;
    mean[r] =
        query_mean<kColumns>(sizes, at, pass.y, i, tiles.upstream + row + r * kStride<kColumns>);
    log_sum[r] = i < sizes.time ? pass.log_sums[at.query(sizes, i)] : T(0);
  }
  const int last = at.first + kTile < sizes.time ? at.first + kTile : sizes.time;
  const int end = end_of(sizes, last - 1);
  // Every tile of keys that any of the queries sees: dq += gradient of the score · key.
  for (int first = begin_of(sizes, at.first) / kTile * kTile; first < end; first += kTile) {
    __syncthreads();
    fetch<kColumns>(pass.in.keys, sizes, at, first, sizes.keys(), wide, tiles.keys, sizes.left_out);
    fetch<kColumns>(pass.in.values, sizes, at, first, sizes.keys(), wide, tiles.values,
                    sizes.left_out);
    wait_for_tiles();
    if (!any_sees(sizes, own_first, kRows, first)) continue;
    T score[kRows], to_value[kRows];
    std::uint32_t words[kRows];
#pragma unroll
    for (int r = 0; r < kRows; ++r) words[r] = pass.kept.word(sizes, at, own_first + r, first);
    dots<kColumns>(tiles.queries + row, tiles.keys, score);
    dots<kColumns>(tiles.upstream + row, tiles.values, to_value);
#pragma unroll
    for (int r = 0; r < kRows; ++r) {
      score[r] = pair_of(sizes, pass.kept.factor(words[r], lane()), own_first + r, first + lane(),
                         scale, score[r], to_value[r], log_sum[r], mean[r])
                     .gradient;
    }
    add_rows(score, tiles.exchange, tiles.keys, sum);
  }
  put_rows(sizes, at, sum, dq, accumulate);
  if (parts) sum_rows(sizes, sum, tiles.keys, sums_of(sizes, at, 0, parts));
}

// Gradients of a tile of the chunk's own keys and values; each lane is a query.
template <typename T, int kColumns>
__device__ void key_gradients(const Sizes& sizes, bool wide, const Forward<T>& pass,
                              const Place& at, const Sequences<T>& dk, const Sequences<T>& dv,
                              bool accumulate, T* parts) {
  const BackwardTiles<T, kColumns> tiles;
  const T scale = scale_of<T>(sizes);
  const int row = first_row() * kStride<kColumns>;
  const int own_first = sizes.past + at.first + first_row();
  fetch<kColumns>(pass.in.keys, sizes, at, sizes.past + at.first, sizes.keys(), wide, tiles.keys,
                  sizes.left_out);
  fetch<kColumns>(pass.in.values, sizes, at, sizes.past + at.first, sizes.keys(), wide,
                  tiles.values, sizes.left_out);
  T to_keys[kRows][kColumns] = {}, to_values[kRows][kColumns] = {};
  // A key is seen by its own query and those after it; with a window, by `window` queries.
  const int most = at.first + kTile - 1 + sizes.window;
  const int end = sizes.window == 0 || most > sizes.time ? sizes.time : most;
  for (int first = at.first; first < end; first += kTile) {
    __syncthreads();
    fetch<kColumns>(pass.in.queries, sizes, at, first, sizes.time, wide, tiles.queries);
    fetch<kColumns>(pass.dy, sizes, at, first, sizes.time, wide, tiles.upstream);
    wait_for_tiles();
    // D of the tile's queries, a few from each warp, to shared memory.
#pragma unroll
    for (int r = 0; r < kRows; ++r) {
      const T mean = query_mean<kColumns>(sizes, at, pass.y, first + first_row() + r,
                                          tiles.upstream + row + r * kStride<kColumns>);
      if (lane() == 0) tiles.means[first_row() + r] = mean;
    }
    __syncthreads();
    const int i = first + lane();
    const T log_sum = i < sizes.time ? pass.log_sums[at.query(sizes, i)] : T(0);
    // The bits of the warp's four keys, which may span two words.
    const std::uint32_t word = pass.kept.word(sizes, at, i, own_first),
                        next = own_first % kTile + kRows > kTile
                                   ? pass.kept.word(sizes, at, i, own_first + kRows - 1)
                                   : 0;
    // dk += gradient of the score · query, dv += probability · dy.
    T score[kRows], to_value[kRows];
    dots<kColumns>(tiles.keys + row, tiles.queries, score);
    dots<kColumns>(tiles.values + row, tiles.upstream, to_value);
#pragma unroll
    for (int r = 0; r < kRows; ++r) {
      const int key = own_first + r;
      const T factor =
          pass.kept.factor(key / kTile == own_first / kTile ? word : next, key % kTile);
      const Pair<T> pair = pair_of(sizes, factor, i, key, scale, score[r], to_value[r], log_sum,
                                   tiles.means[lane()]);
      score[r] = pair.gradient;
      to_value[r] = pair.probability;
    }
    add_rows(score, tiles.exchange, tiles.queries, to_keys);
    add_rows(to_value, tiles.exchange, tiles.upstream, to_values);
  }
  put_rows(sizes, at, to_keys, dk, accumulate);
  put_rows(sizes, at, to_values, dv, accumulate);
  if (!parts) return;
  sum_rows(sizes, to_keys, tiles.keys, sums_of(sizes, at, 1, parts));
  sum_rows(sizes, to_values, tiles.keys, sums_of(sizes, at, 2, parts));
}

// Half of the blocks take a tile of queries each, the other half a tile of keys.
template <typename T, int kColumns>
__global__ __launch_bounds__(kBlock, kBlocks<kColumns>) void gradients(
    Sizes sizes, bool wide, Position length, Forward<T> pass, Sequences<T> dq, Sequences<T> dk,
    Sequences<T> dv, bool accumulate, T* parts) {
  leave_out(length, sizes);
  const unsigned tiles = gridDim.x / 2;
  if (blockIdx.x < tiles) {
    query_gradients<T, kColumns>(sizes, wide, pass, {sizes, blockIdx.x}, dq, accumulate, parts);
  } else {
    key_gradients<T, kColumns>(sizes, wide, pass, {sizes, blockIdx.x - tiles}, dk, dv, accumulate,
                               parts);
  }
}

}  // namespace

void install_attention_backward() {
  const auto install = []<typename T>(T) {
    attention_backward<T> = [](const AttentionSizes& sizes, Position length,
                               const AttentionInputs<T>& in, DropoutRule rule, std::uint32_t* kept,
                               Sequences<const T> y, const T* log_sums, Sequences<const T> dy,
                               Sequences<T> dq, Sequences<T> dk, Sequences<T> dv, bool accumulate,
                               T* parts) {
      const Size tiles = sizes.batch * sizes.heads * blocks_for(sizes.time, kTile);
      const Forward<T> pass{in, kept_of<T>(rule, kept, attention_words(sizes)), y, dy, log_sums};
      const bool wide = can_be_wide(sizes, in) && can_be_wide(sizes, dy);
      with_columns<kLargestHead / kWarp>(sizes.size, [&](auto columns) {
        launch(gradients<T, columns()>, 2 * tiles, kBlock, kBackwardBytes<T, columns()>,
               Sizes(sizes), wide, length, pass, dq, dk, dv, accumulate, parts);
      });
    };
  };
  SEQRL_INSTALL(install);
}

}  // namespace seqrl::cuda
