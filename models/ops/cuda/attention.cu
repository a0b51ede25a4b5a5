#include "models/ops/cuda/attention.h"

#include <cmath>
#include <limits>
#include <type_traits>

#include "models/ops/cpu/math.h"
#include "models/ops/cuda/dropout.cuh"
#include "models/ops/cuda/install.h"
#include "models/ops/cuda/kernel.cuh"

namespace seqrl::cuda {
namespace {

constexpr int kTile = kWarp;  // queries, or keys: what a warp's lanes look at together
constexpr int kRows = 4;      // of a tile, that one warp works for
constexpr int kBlock = kTile / kRows * kWarp;

// A block's place: a head of a sequence, and the first of a tile's rows.
struct Place {
  Size sequence, head, first;
};
__device__ Place place_of(const AttentionSizes& sizes) {
  const Size tiles = (sizes.time + kTile - 1) / kTile;
  return {blockIdx.x / (tiles * sizes.heads), blockIdx.x / tiles % sizes.heads,
          blockIdx.x % tiles * kTile};
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

// The scale that dropout gives to query i's probability of a key. Elements are numbered within
// their shard, a query's following those of the query before it, one for each key up to its own.
template <typename T>
__device__ T kept(const AttentionSizes& sizes, const DropoutRule& rule, const Place& at, Size i,
                  Size key) {
  if (rule.threshold == 0) return T(1);
  const Size shard = rule.shards > 1 ? shard_of(rule, at.sequence) : 0;
  const Size sequence = rule.shards > 1 ? at.sequence - first_sample(rule, shard) : at.sequence;
  const Size time = sizes.time;
  const Size of_head =
      (sequence * sizes.heads + at.head) * (time * sizes.past + time * (time + 1) / 2);
  return dropout_scale<T>(rule, shard, of_head + i * sizes.past + i * (i + 1) / 2 + key);
}

// Rows [first, first + kTile) of a head to shared memory; beyond the last, zeros. Rows are one
// element longer than the head, so that lanes that read a column each meet another bank.
template <typename T, typename From>
__device__ void load_tile(const Sequences<From>& from, const AttentionSizes& sizes, const Place& at,
                          Size first, Size rows, T* to) {
  const Size stride = sizes.size + 1;
  for (Size n = threadIdx.x; n < kTile * sizes.size; n += blockDim.x) {
    const Size r = n / sizes.size, c = n % sizes.size;
    to[r * stride + c] =
        first + r < rows
            ? from.at(at.sequence, at.head * sizes.size)[(first + r) * from.row_stride + c]
            : T(0);
  }
}

template <typename T>
__device__ T dot(Size size, const T* a, const T* b) {
  T sum = 0;
  for (Size c = 0; c < size; ++c) sum += a[c] * b[c];
  return sum;
}

// sum[k] += weight(lane) · rows[lane][k·32 + own lane], over all lanes: what a warp's rows of
// probabilities multiply. kColumns covers the head's size in steps of a warp.
template <int kColumns, typename T>
__device__ void add_rows(Size size, T weight, const T* rows, T (&sum)[kColumns]) {
  const int lane = static_cast<int>(threadIdx.x) % kWarp;
  for (int j = 0; j < kTile; ++j) {
    const T w = __shfl_sync(~0u, weight, j);
#pragma unroll
    for (int k = 0; k < kColumns; ++k) {
      const Size c = k * kWarp + lane;
      if (c < size) sum[k] += w * rows[j * (size + 1) + c];
    }
  }
}

template <typename T, int kColumns>
__global__ void forward(AttentionSizes sizes, AttentionInputs<T> in, DropoutRule rule,
                        Sequences<T> y, T* log_sums) {
  const Place at = place_of(sizes);
  const Size size = sizes.size, tile = kTile * (size + 1);
  T *queries = shared_memory<T>(), *keys = queries + tile, *values = keys + tile;
  const T scale = T(1) / std::sqrt(static_cast<T>(size));
  const int lane = static_cast<int>(threadIdx.x) % kWarp;
  const int row = static_cast<int>(threadIdx.x) / kWarp * kRows;  // the warp's first, of the tile
  load_tile(in.queries, sizes, at, at.first, sizes.time, queries);

  T largest[kRows], total[kRows] = {}, sum[kRows][kColumns] = {};
  for (T& value : largest) value = -std::numeric_limits<T>::infinity();
  const Size last = at.first + kTile < sizes.time ? at.first + kTile : sizes.time;
  const Size end = end_of(sizes, last - 1);
  for (Size first = begin_of(sizes, at.first) / kTile * kTile; first < end; first += kTile) {
    __syncthreads();  // nobody reads the last tile any more
    load_tile(in.keys, sizes, at, first, sizes.keys(), keys);
    load_tile(in.values, sizes, at, first, sizes.keys(), values);
    __syncthreads();
#pragma unroll
    for (int r = 0; r < kRows; ++r) {
      const Size i = at.first + row + r, key = first + lane;
      if (i >= sizes.time || begin_of(sizes, i) >= first + kTile || end_of(sizes, i) <= first) {
        continue;  // a whole warp: the query is none, or sees nothing here
      }
      const bool seen = sees(sizes, i, key);
      const T score = dot(size, queries + (row + r) * (size + 1), keys + lane * (size + 1));
      const T unseen = -std::numeric_limits<T>::infinity();
      const T peak = warp_max(seen ? score : unseen);
      const T shift = peak > largest[r] ? peak : largest[r];
      const T before = total[r] > 0 ? cpu::exp((largest[r] - shift) * scale) : T(0);
      const T p = seen ? cpu::exp((score - shift) * scale) : T(0);
      largest[r] = shift;
      total[r] = total[r] * before + warp_sum(p);
      for (T& value : sum[r]) value *= before;
      add_rows(size, seen ? p * kept<T>(sizes, rule, at, i, key) : T(0), values, sum[r]);
    }
  }
#pragma unroll
  for (int r = 0; r < kRows; ++r) {
    const Size i = at.first + row + r;
    if (i >= sizes.time) continue;
    T* to = y.at(at.sequence, at.head * size) + i * y.row_stride;
#pragma unroll
    for (int k = 0; k < kColumns; ++k) {
      const Size c = k * kWarp + lane;
      if (c < size) to[c] = sum[r][k] / total[r];
    }
    if (lane == 0) {
      log_sums[(at.sequence * sizes.heads + at.head) * sizes.time + i] =
          largest[r] * scale + std::log(total[r]);
    }
  }
}

// Σ y·dy of every query: what the softmax's gradient subtracts. A warp for each.
template <typename T>
__global__ void query_means(AttentionSizes sizes, Sequences<const T> y, Sequences<const T> dy,
                            T* means) {
  const Size number = thread_number() / kWarp;
  const Size lane = threadIdx.x % kWarp;
  if (number >= sizes.batch * sizes.heads * sizes.time) return;
  const Size i = number % sizes.time, head = number / sizes.time % sizes.heads;
  const Size sequence = number / (sizes.time * sizes.heads);
  const T* a = y.at(sequence, head * sizes.size) + i * y.row_stride;
  const T* b = dy.at(sequence, head * sizes.size) + i * dy.row_stride;
  T sum = 0;
  for (Size c = lane; c < sizes.size; c += kWarp) sum += a[c] * b[c];
  sum = warp_sum(sum);
  if (lane == 0) means[number] = sum;
}

// What backward knows of one query and one key: the probability after dropout, and the gradient of
// the score.
template <typename T>
struct Pair {
  T probability, gradient;
};
template <typename T>
__device__ Pair<T> pair_of(const AttentionSizes& sizes, const DropoutRule& rule, const Place& at,
                           Size i, Size key, T score, T to_value, const T* log_sums,
                           const T* means) {
  if (!sees(sizes, i, key)) return {T(0), T(0)};
  const T scale = T(1) / std::sqrt(static_cast<T>(sizes.size));
  const Size query = (at.sequence * sizes.heads + at.head) * sizes.time + i;
  const T p = cpu::exp(score * scale - log_sums[query]);
  const T factor = kept<T>(sizes, rule, at, i, key);
  return {p * factor, p * (to_value * factor - means[query]) * scale};
}

template <typename T, int kColumns>
__device__ void add_to(const AttentionSizes& sizes, const Place& at, Size row,
                       const T (&sum)[kColumns], const Sequences<T>& to) {
  T* out = to.at(at.sequence, at.head * sizes.size) + row * to.row_stride;
#pragma unroll
  for (int k = 0; k < kColumns; ++k) {
    const Size c = k * kWarp + threadIdx.x % kWarp;
    if (c < sizes.size) out[c] += sum[k];
  }
}

// Gradients of a tile of queries: lanes are keys.
template <typename T, int kColumns>
__global__ void query_gradients(AttentionSizes sizes, AttentionInputs<T> in, DropoutRule rule,
                                Sequences<const T> dy, const T* log_sums, const T* means,
                                Sequences<T> dq) {
  const Place at = place_of(sizes);
  const Size size = sizes.size, tile = kTile * (size + 1);
  T *queries = shared_memory<T>(), *upstream = queries + tile;
  T *keys = upstream + tile, *values = keys + tile;
  const int lane = static_cast<int>(threadIdx.x) % kWarp;
  const int row = static_cast<int>(threadIdx.x) / kWarp * kRows;
  load_tile(in.queries, sizes, at, at.first, sizes.time, queries);
  load_tile(dy, sizes, at, at.first, sizes.time, upstream);
  T sum[kRows][kColumns] = {};
  const Size last = at.first + kTile < sizes.time ? at.first + kTile : sizes.time;
  const Size end = end_of(sizes, last - 1);
  for (Size first = begin_of(sizes, at.first) / kTile * kTile; first < end; first += kTile) {
    __syncthreads();
    load_tile(in.keys, sizes, at, first, sizes.keys(), keys);
    load_tile(in.values, sizes, at, first, sizes.keys(), values);
    __syncthreads();
#pragma unroll
    for (int r = 0; r < kRows; ++r) {
      const T* q = queries + (row + r) * (size + 1);
      const T* d = upstream + (row + r) * (size + 1);
      const Pair<T> pair = pair_of(sizes, rule, at, at.first + row + r, first + lane,
                                   dot(size, q, keys + lane * (size + 1)),
                                   dot(size, d, values + lane * (size + 1)), log_sums, means);
      add_rows(size, pair.gradient, keys, sum[r]);
    }
  }
#pragma unroll
  for (int r = 0; r < kRows; ++r) {
    if (at.first + row + r < sizes.time) add_to(sizes, at, at.first + row + r, sum[r], dq);
  }
}

// Gradients of a tile of keys and values, the chunk's own: lanes are queries.
template <typename T, int kColumns>
__global__ void key_gradients(AttentionSizes sizes, AttentionInputs<T> in, DropoutRule rule,
                              Sequences<const T> dy, const T* log_sums, const T* means,
                              Sequences<T> dk, Sequences<T> dv) {
  const Place at = place_of(sizes);
  const Size size = sizes.size, tile = kTile * (size + 1);
  T *queries = shared_memory<T>(), *upstream = queries + tile;
  T *keys = upstream + tile, *values = keys + tile;
  const int lane = static_cast<int>(threadIdx.x) % kWarp;
  const int row = static_cast<int>(threadIdx.x) / kWarp * kRows;
  load_tile(in.keys, sizes, at, sizes.past + at.first, sizes.keys(), keys);
  load_tile(in.values, sizes, at, sizes.past + at.first, sizes.keys(), values);
  T to_keys[kRows][kColumns] = {}, to_values[kRows][kColumns] = {};
  // A key is seen by its own query and those after it, with a window by that many.
  const Size most = at.first + kTile - 1 + sizes.window;
  const Size end = sizes.window == 0 || most > sizes.time ? sizes.time : most;
  for (Size first = at.first; first < end; first += kTile) {
    __syncthreads();
    load_tile(in.queries, sizes, at, first, sizes.time, queries);
    load_tile(dy, sizes, at, first, sizes.time, upstream);
    __syncthreads();
#pragma unroll
    for (int r = 0; r < kRows; ++r) {
      const T* k = keys + (row + r) * (size + 1);
      const T* v = values + (row + r) * (size + 1);
      const Pair<T> pair = pair_of(sizes, rule, at, first + lane, sizes.past + at.first + row + r,
                                   dot(size, k, queries + lane * (size + 1)),
                                   dot(size, v, upstream + lane * (size + 1)), log_sums, means);
      add_rows(size, pair.gradient, queries, to_keys[r]);
      add_rows(size, pair.probability, upstream, to_values[r]);
    }
  }
#pragma unroll
  for (int r = 0; r < kRows; ++r) {
    if (at.first + row + r >= sizes.time) continue;
    add_to(sizes, at, at.first + row + r, to_keys[r], dk);
    add_to(sizes, at, at.first + row + r, to_values[r], dv);
  }
}

// Calls f with the number of columns that a lane has, as a constant.
template <typename F>
void with_columns(Size size, F f) {
  if (size <= kWarp) {
    f(std::integral_constant<int, 1>{});
  } else if (size <= 2 * kWarp) {
    f(std::integral_constant<int, 2>{});
  } else if (size <= 4 * kWarp) {
    f(std::integral_constant<int, 4>{});
  } else {
    f(std::integral_constant<int, 8>{});
  }
}

template <typename T>
__global__ void gather(Size batch, Size time, Size dim, Size part, const T* qkv, const T* cached,
                       Size capacity, Size length, Size past, T* rows) {
  const Size number = thread_number(), all = past + time;
  if (number >= batch * all * dim) return;
  const Size i = number % dim, r = number / dim % all, b = number / (dim * all);
  rows[number] = r < past ? cached[(b * capacity + (length - past + r) % capacity) * dim + i]
                          : qkv[((b * time + r - past) * 3 + part) * dim + i];
}

template <typename T>
__global__ void remember(Size batch, Size time, Size dim, Size part, const T* qkv, T* cached,
                         Size capacity, Size length) {
  const Size number = thread_number(), kept = time < capacity ? time : capacity;
  if (number >= batch * kept * dim) return;
  const Size i = number % dim, t = time - kept + number / dim % kept, b = number / (dim * kept);
  cached[(b * capacity + (length + t) % capacity) * dim + i] =
      qkv[((b * time + t) * 3 + part) * dim + i];
}

template <typename T>
void backward(const AttentionSizes& sizes, const AttentionInputs<T>& in, DropoutRule rule,
              Sequences<const T> y, const T* log_sums, Sequences<const T> dy, Sequences<T> dq,
              Sequences<T> dk, Sequences<T> dv, T* means) {
  const Size blocks = sizes.batch * sizes.heads * blocks_for(sizes.time, kTile);
  const auto shared = static_cast<std::size_t>(4 * kTile * (sizes.size + 1)) * sizeof(T);
  launch(query_means<T>, blocks_for(sizes.batch * sizes.heads * sizes.time, kThreads / kWarp),
         kThreads, 0, sizes, y, dy, means);
  with_columns(sizes.size, [&](auto columns) {
    launch(query_gradients<T, columns()>, blocks, kBlock, shared, sizes, in, rule, dy, log_sums,
           means, dq);
    launch(key_gradients<T, columns()>, blocks, kBlock, shared, sizes, in, rule, dy, log_sums,
           means, dk, dv);
  });
}

}  // namespace

void install_attention() {
  const auto install = []<typename T>(T) {
    attention<T> = [](const AttentionSizes& sizes, const AttentionInputs<T>& in, DropoutRule rule,
                      Sequences<T> y, T* log_sums) {
      with_columns(sizes.size, [&](auto columns) {
        launch(forward<T, columns()>, sizes.batch * sizes.heads * blocks_for(sizes.time, kTile),
               kBlock, static_cast<std::size_t>(3 * kTile * (sizes.size + 1)) * sizeof(T), sizes,
               in, rule, y, log_sums);
      });
    };
    attention_backward<T> = backward<T>;
    gather_cache<T> = [](Size batch, Size time, Size dim, Size part, const T* qkv, const T* cached,
                         Size capacity, Size length, Size past, T* rows) {
      launch(gather<T>, blocks_for(batch * (past + time) * dim), kThreads, 0, batch, time, dim,
             part, qkv, cached, capacity, length, past, rows);
    };
    fill_cache<T> = [](Size batch, Size time, Size dim, Size part, const T* qkv, T* cached,
                       Size capacity, Size length) {
      const Size kept = time < capacity ? time : capacity;
      launch(remember<T>, blocks_for(batch * kept * dim), kThreads, 0, batch, time, dim, part, qkv,
             cached, capacity, length);
    };
  };
  SEQRL_INSTALL(install);
}

}  // namespace seqrl::cuda
