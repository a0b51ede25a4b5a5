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
//
// Which probabilities dropout keeps is drawn before the first tile, a bit for each, and stays for
// backward: a block of Philox decides on 8 elements of a query's, 16 apart, which no lane alone
// has.
#include "models/ops/cuda/attention.h"

#include <cmath>
#include <limits>

#include "configs/base/error.h"
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

// AttentionSizes as kernels count, in half the registers.
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
  // Of query i, among those of all heads of all sequences.
  __device__ Size query(const Sizes& sizes, int i) const {
    return (sequence * sizes.heads + head) * sizes.time + i;
  }
};

// The first of a tile's rows that the thread's warp works for.
__device__ int first_row() {
  return static_cast<int>(threadIdx.x) / kWarp * kRows;
}

// Of scores.
template <typename T>
__device__ T scale_of(const Sizes& sizes) {
  return T(1) / std::sqrt(static_cast<T>(sizes.size));
}

// The keys [begin, end) that query i sees.
__device__ int begin_of(const Sizes& sizes, int i) {
  const int begin = sizes.past + i + 1 - sizes.window;
  return sizes.window == 0 || begin < 0 ? 0 : begin;
}
__device__ int end_of(const Sizes& sizes, int i) {
  return sizes.past + i + 1;
}
__device__ bool sees(const Sizes& sizes, int i, int key) {
  return i < sizes.time && key >= begin_of(sizes, i) && key < end_of(sizes, i);
}
// Whether any of the queries [i, i + count) sees any of the keys [key, key + kTile).
__device__ bool any_sees(const Sizes& sizes, int i, int count, int key) {
  const int last = i + count < sizes.time ? i + count : sizes.time;
  return i < last && begin_of(sizes, i) < key + kTile && end_of(sizes, last - 1) > key;
}

// Of the keys before the chunk leaves out the first ones, so that as many are left as `length`
// says.
__device__ void leave_out(const Position& length, Sizes& sizes) {
  const Size count = value_of(length);
  sizes.left_out = count < sizes.past ? sizes.past - static_cast<int>(count) : 0;
  sizes.past -= sizes.left_out;
}

// Which probabilities are kept, a bit for each: word `key / kTile` of a query has kTile keys'. Null
// without dropout. `scale`: of those that are kept.
template <typename T>
struct Kept {
  std::uint32_t* words;
  Size of_query;  // words
  T scale;

  // That of a query's keys [key, key + kTile), a multiple of kTile.
  __device__ std::uint32_t word(const Sizes& sizes, const Place& at, int i, int key) const {
    return words && i < sizes.time ? words[at.query(sizes, i) * of_query + key / kTile] : ~0u;
  }
  __device__ T factor(std::uint32_t word, int bit) const { return word >> bit & 1 ? scale : T(0); }
};

// Draws for the queries of the thread's warp, from `first` on. Elements are numbered within their
// shard, a query's following those of the query before it, one for each key up to its own.
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
        // Of 256 elements, each lane asks the one that drew for its own.
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

// Asks for the rows [first, first + kTile) of a head, after `skipped` others; beyond the last,
// zeros. `wide`: four elements at once, where all addresses and sizes allow that.
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

  // Of each of the warp's rows: the largest score, Σ exp(score − largest), and Σ of values.
  T largest[kRows], total[kRows] = {}, sum[kRows][kColumns] = {};
  for (T& value : largest) value = -std::numeric_limits<T>::infinity();
  const int last = at.first + kTile < sizes.time ? at.first + kTile : sizes.time;
  const int end = end_of(sizes, last - 1);
  // Every tile of keys that one of the queries sees.
  for (int first = begin_of(sizes, at.first) / kTile * kTile; first < end; first += kTile) {
    __syncthreads();  // no thread reads the last tile any more
    fetch<kColumns>(in.keys, sizes, at, first, sizes.keys(), wide, keys, sizes.left_out);
    fetch<kColumns>(in.values, sizes, at, first, sizes.keys(), wide, values, sizes.left_out);
    wait_for_tiles();
    if (!any_sees(sizes, own_first, kRows, first)) continue;
    // Scores of the warp's queries with the lane's key; the sums are scaled to the new largest one.
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

// What backward reads.
template <typename T>
struct Forward {
  AttentionInputs<T> in;
  Kept<T> kept;
  Sequences<const T> y, dy;
  const T* log_sums;
};

// Σ y·dy of a row of the tile `upstream` of dy, which is query i: what the softmax's gradient
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

// What backward knows of one query and one key: the probability after dropout, and the gradient of
// the score. `factor`: what dropout multiplies the probability with.
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

// The sums of a block's rows, over its warps, to one row of a head. `shared`: any tile's memory.
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

// Where a block's sums go: parts (batch, tiles, 3, heads, size), of queries, keys and values.
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

// Gradients of a tile of queries: lanes are keys.
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
  // Every tile of keys that one of the queries sees: dq += gradient of the score · key.
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

// Gradients of a tile of keys and values, the chunk's own: lanes are queries.
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
  // A key is seen by its own query and those after it, with a window by that many.
  const int most = at.first + kTile - 1 + sizes.window;
  const int end = sizes.window == 0 || most > sizes.time ? sizes.time : most;
  for (int first = at.first; first < end; first += kTile) {
    __syncthreads();
    fetch<kColumns>(pass.in.queries, sizes, at, first, sizes.time, wide, tiles.queries);
    fetch<kColumns>(pass.dy, sizes, at, first, sizes.time, wide, tiles.upstream);
    wait_for_tiles();
    // D of the tile's queries, a few by each warp, to shared memory.
#pragma unroll
    for (int r = 0; r < kRows; ++r) {
      const T mean = query_mean<kColumns>(sizes, at, pass.y, first + first_row() + r,
                                          tiles.upstream + row + r * kStride<kColumns>);
      if (lane() == 0) tiles.means[first_row() + r] = mean;
    }
    __syncthreads();
    const int i = first + lane();
    const T log_sum = i < sizes.time ? pass.log_sums[at.query(sizes, i)] : T(0);
    // Of the warp's four keys, which two words may have.
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

// Half of the blocks take a tile of queries each, half a tile of keys.
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

template <typename T>
Kept<T> kept_of(const AttentionSizes& sizes, const DropoutRule& rule, std::uint32_t* words) {
  return {rule.threshold > 0 ? words : nullptr, attention_words(sizes), static_cast<T>(rule.scale)};
}

}  // namespace

void install_attention() {
  const auto install = []<typename T>(T) {
    attention<T> = [](const AttentionSizes& sizes, Position length, const AttentionInputs<T>& in,
                      DropoutRule rule, std::uint32_t* kept, Sequences<T> y, T* log_sums) {
      with_columns<kLargestHead / kWarp>(sizes.size, [&](auto columns) {
        launch(forward<T, columns()>, sizes.batch * sizes.heads * blocks_for(sizes.time, kTile),
               kBlock, (3 * kTileSize<columns()> + kExchange) * sizeof(T), Sizes(sizes),
               can_be_wide(sizes, in), length, in, rule, kept_of<T>(sizes, rule, kept), y,
               log_sums);
      });
    };
    attention_backward<T> = [](const AttentionSizes& sizes, Position length,
                               const AttentionInputs<T>& in, DropoutRule rule, std::uint32_t* kept,
                               Sequences<const T> y, const T* log_sums, Sequences<const T> dy,
                               Sequences<T> dq, Sequences<T> dk, Sequences<T> dv, bool accumulate,
                               T* parts) {
      const Size tiles = sizes.batch * sizes.heads * blocks_for(sizes.time, kTile);
      const Forward<T> pass{in, kept_of<T>(sizes, rule, kept), y, dy, log_sums};
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
