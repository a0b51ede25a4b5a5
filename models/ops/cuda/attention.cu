// Attention in tiles, as in FlashAttention (Dao, arXiv 2307.08691): no matrix of probabilities is
// ever in the device's memory.
//
// Forward: a block computes the outputs of 32 queries of one head. It reads the keys and values
// that these queries see in tiles of 32 into shared memory. Of each query it keeps the largest
// score so far, the sum of exp(score − largest), and the sum of the values weighted by it; a larger
// score scales the two sums down. At the end the output is one sum divided by the other, and the
// logarithm of the sum of exp(score) is stored for backward.
//
// Backward computes probabilities again, p = exp(score − log_sum). With D = Σ y·dy of a query, the
// gradient of a score is p·(dy·v − D). Half of the blocks each own 32 queries and go through the
// keys, to sum up dq; the other half own 32 keys and go through the queries, to sum up dk and dv.
// So every sum has one owner: there are no atomics, and results agree to the bit.
//
// A block has 8 warps, each of which works for 4 rows of the tile that the block owns. For scores,
// a lane stands for one row of the other tile; for sums, it has a few columns.
#include "models/ops/cuda/attention.h"

#include <cmath>
#include <limits>

#include "models/ops/common/math.h"
#include "models/ops/cuda/dropout.cuh"
#include "models/ops/cuda/position.cuh"

namespace seqrl::cuda {
namespace {

constexpr int kTile = kWarp;  // queries, or keys: what a warp's lanes look at together
constexpr int kRows = 4;      // of a tile, that one warp works for
constexpr int kWarps = kTile / kRows;
constexpr int kBlock = kWarps * kWarp;

// A tile is kTile rows of a head in shared memory, filled up with zeros to kColumns for each lane.
// Rows are 4 elements apart from a multiple of the banks: lanes that read 4 elements of a row each
// meet no other.
template <int kColumns>
constexpr int kStride = kColumns* kWarp + 4;
template <int kColumns>
constexpr int kTileSize = kTile* kStride<kColumns>;
constexpr int kExchange =
    kTile * kTile;  // elements that a block's warps exchange within themselves

// A block's place: a head of a sequence, and the first of a tile's rows.
struct Place {
  Size sequence, head, first;

  __device__ Place(const AttentionSizes& sizes, Size block) {
    const Size tiles = divide_up(sizes.time, kTile);
    sequence = block / (tiles * sizes.heads);
    head = block / tiles % sizes.heads;
    first = block % tiles * kTile;
  }
};

// The first of a tile's rows that the thread's warp works for.
__device__ int first_row() {
  return static_cast<int>(threadIdx.x) / kWarp * kRows;
}

// Of scores.
template <typename T>
__device__ T scale_of(const AttentionSizes& sizes) {
  return T(1) / std::sqrt(static_cast<T>(sizes.size));
}

// The keys [begin, end) that query i sees.
__device__ Size begin_of(const AttentionSizes& sizes, Size i) {
  const Size begin = sizes.past + i + 1 - sizes.window;
  return sizes.window == 0 || begin < 0 ? 0 : begin;
}
__device__ Size end_of(const AttentionSizes& sizes, Size i) {
  return sizes.past + i + 1;
}
__device__ bool sees(const AttentionSizes& sizes, Size i, Size key) {
  return i < sizes.time && key >= begin_of(sizes, i) && key < end_of(sizes, i);
}
// Whether any of the queries [i, i + count) sees any of the keys [key, key + kTile).
__device__ bool any_sees(const AttentionSizes& sizes, Size i, Size count, Size key) {
  const Size last = i + count < sizes.time ? i + count : sizes.time;
  return i < last && begin_of(sizes, i) < key + kTile && end_of(sizes, last - 1) > key;
}

// Of the keys before the chunk leaves out the first ones, so that as many are left as `length`
// says.
template <typename T>
__device__ void leave_out(const Position& length, AttentionSizes& sizes, AttentionInputs<T>& in) {
  const Size count = value_of(length), missing = count < sizes.past ? sizes.past - count : 0;
  sizes.past -= missing;
  in.keys.data += missing * in.keys.row_stride;
  in.values.data += missing * in.values.row_stride;
}

// The scale that dropout gives to a query's probability of a key. Elements are numbered within
// their shard, a query's following those of the query before it, one for each key up to its own.
template <typename T>
class Dropping {
 public:
  __device__ Dropping(const AttentionSizes& sizes, const DropoutRule& rule, const Place& at)
      : rule_(rule), past_(sizes.past) {
    if (rule.threshold == 0) return;
    Size sequence = at.sequence;
    if (rule.shards > 1) {
      shard_ = shard_of(rule, at.sequence);
      sequence -= first_sample(rule, shard_);
    }
    const Size time = sizes.time;
    of_head_ = (sequence * sizes.heads + at.head) * (time * sizes.past + time * (time + 1) / 2);
  }

  __device__ T operator()(Size i, Size key) const {
    if (rule_.threshold == 0) return T(1);
    return dropout_scale<T>(rule_, shard_, of_head_ + i * past_ + i * (i + 1) / 2 + key);
  }

 private:
  const DropoutRule& rule_;
  Size past_, shard_ = 0, of_head_ = 0;
};

// Asks for the rows [first, first + kTile) of a head; beyond the last, zeros.
template <int kColumns, typename T>
__device__ void fetch(const Sequences<const T>& from, const AttentionSizes& sizes, const Place& at,
                      Size first, Size rows, T* tile) {
  const T* head = from.at(at.sequence, at.head * sizes.size);
#pragma unroll
  for (int r = 0; r < kRows; ++r) {
    const int row = first_row() + r;
    const T* values = head + (first + row) * from.row_stride;
#pragma unroll
    for (int k = 0; k < kColumns; ++k) {
      const int c = k * kWarp + lane();
      T* to = tile + row * kStride<kColumns> + c;
      if (first + row < rows && c < sizes.size) {
        copy_ahead(to, values + c);
      } else {
        *to = 0;
      }
    }
  }
}
__device__ void wait_for_tiles() {
  close_copies();
  wait_for_copies<0>();
  __syncthreads();
}

// out[r] = row r of `rows` times the lane's own row of the tile.
template <int kColumns, typename T>
__device__ void dots(const T* rows, const T* tile, T (&out)[kRows]) {
  const T* own = tile + lane() * kStride<kColumns>;
  for (T& value : out) value = 0;
#pragma unroll 8
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

// sum[r][k] += Σ_j weights[r] of lane j · tile[j][column(k)]: what a warp's rows of probabilities
// multiply. `exchange` is the block's.
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
  __syncwarp();  // before it is written again
}

// Two blocks share a multiprocessor: while one waits for its tiles, the other computes.
template <int kColumns>
constexpr int kBlocks = kColumns < 8 ? 2 : 1;

template <typename T, int kColumns>
__global__ __launch_bounds__(kBlock, kBlocks<kColumns>) void forward(AttentionSizes sizes,
                                                                     Position length,
                                                                     AttentionInputs<T> in,
                                                                     DropoutRule rule,
                                                                     Sequences<T> y, T* log_sums) {
  // The block's queries, and its shared memory: tiles of queries, keys and values.
  leave_out(length, sizes, in);
  const Place at(sizes, blockIdx.x);
  const Dropping<T> dropping(sizes, rule, at);
  T *queries = shared_memory<T>(), *keys = queries + kTileSize<kColumns>;
  T *values = keys + kTileSize<kColumns>, *exchange = values + kTileSize<kColumns>;
  const T scale = scale_of<T>(sizes);
  const T* own = queries + first_row() * kStride<kColumns>;
  const Size own_first = at.first + first_row();
  fetch<kColumns>(in.queries, sizes, at, at.first, sizes.time, queries);

  // Of each of the warp's rows: the largest score, Σ exp(score − largest), and Σ of values.
  T largest[kRows], total[kRows] = {}, sum[kRows][kColumns] = {};
  for (T& value : largest) value = -std::numeric_limits<T>::infinity();
  const Size last = at.first + kTile < sizes.time ? at.first + kTile : sizes.time;
  const Size end = end_of(sizes, last - 1);
  // Every tile of keys that one of the queries sees.
  for (Size first = begin_of(sizes, at.first) / kTile * kTile; first < end; first += kTile) {
    __syncthreads();  // no thread reads the last tile any more
    fetch<kColumns>(in.keys, sizes, at, first, sizes.keys(), keys);
    fetch<kColumns>(in.values, sizes, at, first, sizes.keys(), values);
    wait_for_tiles();
    if (!any_sees(sizes, own_first, kRows, first)) continue;
    // Scores of the warp's queries with the lane's key; the sums are scaled to the new largest one.
    T weights[kRows];
    dots<kColumns>(own, keys, weights);
#pragma unroll
    for (int r = 0; r < kRows; ++r) {
      const Size i = own_first + r, key = first + lane();
      const bool seen = sees(sizes, i, key);
      const T score = weights[r];
      const T peak = warp_max(seen ? score : -std::numeric_limits<T>::infinity());
      const T shift = peak > largest[r] ? peak : largest[r];
      const T before = total[r] > 0 ? math::exp((largest[r] - shift) * scale) : T(0);
      const T p = seen ? math::exp((score - shift) * scale) : T(0);
      largest[r] = shift;
      total[r] = total[r] * before + warp_sum(p);
      for (T& value : sum[r]) value *= before;
      weights[r] = seen ? p * dropping(i, key) : T(0);
    }
    add_rows(weights, exchange, values, sum);
  }
  // The outputs.
#pragma unroll
  for (int r = 0; r < kRows; ++r) {
    const Size i = own_first + r;
    if (i >= sizes.time) continue;
    const T share = T(1) / total[r];
    T* to = y.at(at.sequence, at.head * sizes.size) + i * y.row_stride;
#pragma unroll
    for (int k = 0; k < kColumns; ++k) {
      const int c = column<kColumns>(k);
      if (c < sizes.size) to[c] = sum[r][k] * share;
    }
    if (lane() == 0) {
      log_sums[(at.sequence * sizes.heads + at.head) * sizes.time + i] =
          largest[r] * scale + std::log(total[r]);
    }
  }
}

// What backward reads.
template <typename T>
struct Forward {
  AttentionInputs<T> in;
  DropoutRule rule;
  Sequences<const T> y, dy;
  const T* log_sums;
};

// Σ y·dy of a row of the tile `upstream` of dy, which is query i: what the softmax's gradient
// subtracts.
template <int kColumns, typename T>
__device__ T query_mean(const AttentionSizes& sizes, const Place& at, const Sequences<const T>& y,
                        Size i, const T* upstream) {
  const T* row = y.at(at.sequence, at.head * sizes.size) + i * y.row_stride;
  T sum = 0;
#pragma unroll
  for (int k = 0; k < kColumns; ++k) {
    const int c = k * kWarp + lane();
    if (i < sizes.time && c < sizes.size) sum += row[c] * upstream[c];
  }
  return warp_sum(sum);
}

// What backward knows of one query and one key: the probability after dropout, and the gradient of
// the score.
template <typename T>
struct Pair {
  T probability, gradient;
};
template <typename T>
__device__ Pair<T> pair_of(const AttentionSizes& sizes, const Dropping<T>& dropping, Size i,
                           Size key, T scale, T score, T to_value, T log_sum, T mean) {
  if (!sees(sizes, i, key)) return {T(0), T(0)};
  const T p = math::exp(score * scale - log_sum), factor = dropping(i, key);
  return {p * factor, p * (to_value * factor - mean) * scale};
}

template <typename T, int kColumns>
__device__ void put_rows(const AttentionSizes& sizes, const Place& at,
                         const T (&sum)[kRows][kColumns], const Sequences<T>& to, bool accumulate) {
#pragma unroll
  for (int r = 0; r < kRows; ++r) {
    const Size row = at.first + first_row() + r;
    if (row >= sizes.time) continue;
    T* out = to.at(at.sequence, at.head * sizes.size) + row * to.row_stride;
#pragma unroll
    for (int k = 0; k < kColumns; ++k) {
      const int c = column<kColumns>(k);
      if (c < sizes.size) put(out[c], sum[r][k], accumulate);
    }
  }
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

// Gradients of a tile of queries: lanes are keys.
template <typename T, int kColumns>
__device__ void query_gradients(const AttentionSizes& sizes, const Forward<T>& pass,
                                const Place& at, const Sequences<T>& dq, bool accumulate) {
  const Dropping<T> dropping(sizes, pass.rule, at);
  const BackwardTiles<T, kColumns> tiles;
  const T scale = scale_of<T>(sizes);
  const int row = first_row() * kStride<kColumns>;
  const Size own_first = at.first + first_row();
  fetch<kColumns>(pass.in.queries, sizes, at, at.first, sizes.time, tiles.queries);
  fetch<kColumns>(pass.dy, sizes, at, at.first, sizes.time, tiles.upstream);
  wait_for_tiles();
  // D and log_sum of the warp's queries, the same in every lane.
  T mean[kRows], log_sum[kRows], sum[kRows][kColumns] = {};
#pragma unroll
  for (int r = 0; r < kRows; ++r) {
    const Size i = own_first + r;
    mean[r] =
        query_mean<kColumns>(sizes, at, pass.y, i, tiles.upstream + row + r * kStride<kColumns>);
    log_sum[r] =
        i < sizes.time ? pass.log_sums[(at.sequence * sizes.heads + at.head) * sizes.time + i] : 0;
  }
  const Size last = at.first + kTile < sizes.time ? at.first + kTile : sizes.time;
  const Size end = end_of(sizes, last - 1);
  // Every tile of keys that one of the queries sees: dq += gradient of the score · key.
  for (Size first = begin_of(sizes, at.first) / kTile * kTile; first < end; first += kTile) {
    __syncthreads();
    fetch<kColumns>(pass.in.keys, sizes, at, first, sizes.keys(), tiles.keys);
    fetch<kColumns>(pass.in.values, sizes, at, first, sizes.keys(), tiles.values);
    wait_for_tiles();
    if (!any_sees(sizes, own_first, kRows, first)) continue;
    T score[kRows], to_value[kRows];
    dots<kColumns>(tiles.queries + row, tiles.keys, score);
    dots<kColumns>(tiles.upstream + row, tiles.values, to_value);
#pragma unroll
    for (int r = 0; r < kRows; ++r) {
      score[r] = pair_of(sizes, dropping, own_first + r, first + lane(), scale, score[r],
                         to_value[r], log_sum[r], mean[r])
                     .gradient;
    }
    add_rows(score, tiles.exchange, tiles.keys, sum);
  }
  put_rows(sizes, at, sum, dq, accumulate);
}

// Gradients of a tile of keys and values, the chunk's own: lanes are queries.
template <typename T, int kColumns>
__device__ void key_gradients(const AttentionSizes& sizes, const Forward<T>& pass, const Place& at,
                              const Sequences<T>& dk, const Sequences<T>& dv, bool accumulate) {
  const Dropping<T> dropping(sizes, pass.rule, at);
  const BackwardTiles<T, kColumns> tiles;
  const T scale = scale_of<T>(sizes);
  const int row = first_row() * kStride<kColumns>;
  const Size own_first = sizes.past + at.first + first_row();
  fetch<kColumns>(pass.in.keys, sizes, at, sizes.past + at.first, sizes.keys(), tiles.keys);
  fetch<kColumns>(pass.in.values, sizes, at, sizes.past + at.first, sizes.keys(), tiles.values);
  T to_keys[kRows][kColumns] = {}, to_values[kRows][kColumns] = {};
  // A key is seen by its own query and those after it, with a window by that many.
  const Size most = at.first + kTile - 1 + sizes.window;
  const Size end = sizes.window == 0 || most > sizes.time ? sizes.time : most;
  for (Size first = at.first; first < end; first += kTile) {
    __syncthreads();
    fetch<kColumns>(pass.in.queries, sizes, at, first, sizes.time, tiles.queries);
    fetch<kColumns>(pass.dy, sizes, at, first, sizes.time, tiles.upstream);
    wait_for_tiles();
    // D of the tile's queries, a few by each warp, to shared memory.
#pragma unroll
    for (int r = 0; r < kRows; ++r) {
      const T mean = query_mean<kColumns>(sizes, at, pass.y, first + first_row() + r,
                                          tiles.upstream + row + r * kStride<kColumns>);
      if (lane() == 0) tiles.means[first_row() + r] = mean;
    }
    __syncthreads();
    const Size i = first + lane();
    const T log_sum =
        i < sizes.time ? pass.log_sums[(at.sequence * sizes.heads + at.head) * sizes.time + i] : 0;
    // dk += gradient of the score · query, dv += probability · dy.
    T score[kRows], to_value[kRows];
    dots<kColumns>(tiles.keys + row, tiles.queries, score);
    dots<kColumns>(tiles.values + row, tiles.upstream, to_value);
#pragma unroll
    for (int r = 0; r < kRows; ++r) {
      const Pair<T> pair = pair_of(sizes, dropping, i, own_first + r, scale, score[r], to_value[r],
                                   log_sum, tiles.means[lane()]);
      score[r] = pair.gradient;
      to_value[r] = pair.probability;
    }
    add_rows(score, tiles.exchange, tiles.queries, to_keys);
    add_rows(to_value, tiles.exchange, tiles.upstream, to_values);
  }
  put_rows(sizes, at, to_keys, dk, accumulate);
  put_rows(sizes, at, to_values, dv, accumulate);
}

// Half of the blocks take a tile of queries each, half a tile of keys.
template <typename T, int kColumns>
__global__ __launch_bounds__(kBlock,
                             kBlocks<kColumns>) void gradients(AttentionSizes sizes,
                                                               Position length, Forward<T> pass,
                                                               Sequences<T> dq, Sequences<T> dk,
                                                               Sequences<T> dv, bool accumulate) {
  leave_out(length, sizes, pass.in);
  const unsigned tiles = gridDim.x / 2;
  if (blockIdx.x < tiles) {
    query_gradients<T, kColumns>(sizes, pass, {sizes, blockIdx.x}, dq, accumulate);
  } else {
    key_gradients<T, kColumns>(sizes, pass, {sizes, blockIdx.x - tiles}, dk, dv, accumulate);
  }
}

}  // namespace

void install_attention() {
  const auto install = []<typename T>(T) {
    attention<T> = [](const AttentionSizes& sizes, Position length, const AttentionInputs<T>& in,
                      DropoutRule rule, Sequences<T> y, T* log_sums) {
      with_columns<kLargestHead / kWarp>(sizes.size, [&](auto columns) {
        launch(forward<T, columns()>, sizes.batch * sizes.heads * blocks_for(sizes.time, kTile),
               kBlock, (3 * kTileSize<columns()> + kExchange) * sizeof(T), sizes, length, in, rule,
               y, log_sums);
      });
    };
    attention_backward<T> = [](const AttentionSizes& sizes, Position length,
                               const AttentionInputs<T>& in, DropoutRule rule, Sequences<const T> y,
                               const T* log_sums, Sequences<const T> dy, Sequences<T> dq,
                               Sequences<T> dk, Sequences<T> dv, bool accumulate) {
      const Size tiles = sizes.batch * sizes.heads * blocks_for(sizes.time, kTile);
      const Forward<T> pass{in, rule, y, dy, log_sums};
      with_columns<kLargestHead / kWarp>(sizes.size, [&](auto columns) {
        launch(gradients<T, columns()>, 2 * tiles, kBlock, kBackwardBytes<T, columns()>, sizes,
               length, pass, dq, dk, dv, accumulate);
      });
    };
  };
  SEQRL_INSTALL(install);
}

}  // namespace seqrl::cuda
