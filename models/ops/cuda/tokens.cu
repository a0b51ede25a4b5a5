// Kernels that move tokens: interleaving, looking up and adding rows of a table, means over time,
// windows, pairs.
//
// All but three use one thread for each column of each row. scatter() adds rows to the table's rows
// with their ids: a block owns one row of the table and searches the ids for its own, in order, so
// that equal ids are added in the same order every time. A small table is scattered in several
// parts, which are added up afterwards. mean() sums a sequence's tokens by columns. move_window()
// uses one thread for a channel's whole window, which it overwrites in place.
#include "models/ops/cuda/tokens.h"

#include <limits>

#include "models/ops/cuda/kernel.cuh"
#include "models/ops/cuda/reduce.cuh"

namespace seqrl::cuda {
namespace {

using op::kMaxParts;

template <typename T>
__global__ void spread(Size rows, Divisor dim, const T* from, Divisor stride, Size offset, T* to,
                       bool accumulate) {
  const Size number = thread_number(), i = number % dim, place = number / dim;
  if (place >= rows * stride) return;
  const T value = place % stride == offset ? from[place / stride * dim + i] : T(0);
  put(to[number], value, accumulate);
}

template <typename T>
__global__ void spread_both(Size rows, Divisor dim, TwoRows<T> both, Divisor stride, Size offset) {
  const Size number = thread_number(), i = number % dim, place = number / dim;
  if (place >= rows * stride) return;
  const Size row = place / stride;
#pragma unroll
  for (int n = 0; n < 2; ++n) {
    if (!both.to[n]) continue;
    const T value = place - row * stride == offset ? both.from[n][row * dim + i] : T(0);
    put(both.to[n][number], value, both.accumulate[n]);
  }
}

template <typename T>
__global__ void pick_both(Size rows, Divisor dim, TwoRows<T> both, Size stride, Size offset) {
  const Size number = thread_number();
  if (number >= rows * dim) return;
  const Size row = number / dim, from = (row * stride + offset) * dim + number % dim;
#pragma unroll
  for (int n = 0; n < 2; ++n) both.to[n][number] = both.from[n][from];
}

template <typename T>
__global__ void interleave_parts(Size rows, Divisor dim, Interleaved<T> from, T* y) {
  const Size number = thread_number();
  if (number >= rows * dim) return;
  const Size r = number / dim, i = number % dim;
  const T shared = from.shared ? from.shared[number] : T(0);
#pragma unroll
  for (int p = 0; p < kMaxParts; ++p) {
    if (p < from.count) y[(r * from.count + p) * dim + i] = from.parts[p][number] + shared;
  }
}

template <typename T>
__global__ void deinterleave_parts(Size rows, Divisor dim, const T* dy, InterleavedSinks<T> to) {
  const Size number = thread_number();
  if (number >= rows * dim) return;
  const Size r = number / dim, i = number % dim;
  T sum = 0;
#pragma unroll
  for (int p = 0; p < kMaxParts; ++p) {
    if (p >= to.count) continue;
    const T upstream = dy[(r * to.count + p) * dim + i];
    sum += upstream;
    if (to.parts[p]) put(to.parts[p][number], upstream, to.accumulate[p]);
  }
  if (to.shared) put(to.shared[number], sum, to.accumulate_shared);
}

template <typename T>
__global__ void gather(Size rows, Divisor dim, const T* table, Size table_rows,
                       const std::int32_t* ids, T* to) {
  const Size number = thread_number();
  if (number >= rows * dim) return;
  const std::int32_t id = ids[number / dim];
  to[number] = id >= 0 && id < table_rows ? table[id * dim + number % dim]
                                          : std::numeric_limits<T>::quiet_NaN();
}

// Lists in `found` the numbers of the block's threads for which `match` is true, in order, and
// returns their number. `counts` holds one number per warp.
__device__ int list_matches(bool match, int* counts, int* found) {
  const int warp = static_cast<int>(threadIdx.x) / kWarp;
  const unsigned votes = __ballot_sync(~0u, match);
  if (lane() == 0) counts[warp] = __popc(votes);
  __syncthreads();
  int before = 0, all = 0;
  for (int w = 0; w < kThreads / kWarp; ++w) {
    if (w < warp) before += counts[w];
    all += counts[w];
  }
  if (match) found[before + __popc(votes & ((1u << lane()) - 1))] = static_cast<int>(threadIdx.x);
  __syncthreads();
  return all;
}

// One block for each row of the table and each part of the ids, which it searches for its row.
// Adding with atomics would give different bits every time. Writes to (parts, table_rows, dim).
template <typename T>
__global__ void scatter(Size rows, Size dim, Size parts, Size table_rows, const T* from, Size each,
                        const std::int32_t* ids, T* to, bool accumulate) {
  int *counts = shared_memory<int>(), *found = counts + kThreads / kWarp;
  const Size part = blockIdx.x / table_rows, row = blockIdx.x % table_rows;
  T* sums = to + static_cast<Size>(blockIdx.x) * dim;
  if (!accumulate) {
    for (Size i = threadIdx.x; i < dim; i += blockDim.x) sums[i] = 0;  // its own, always
  }
  const Size end = rows * (part + 1) / parts;
  // The ids of the part, one per thread at a time; the matches' rows are added in order.
  for (Size first = rows * part / parts; first < end; first += kThreads) {
    const Size own = first + threadIdx.x;
    const int count = list_matches(own < end && ids[own] == row, counts, found);
    for (Size i = threadIdx.x; i < dim && count > 0; i += blockDim.x) {
      T sum = sums[i];
      for (int k = 0; k < count; ++k) {
        const T* rows_of_id = from + (first + found[k]) * each * dim + i;
        for (Size n = 0; n < each; ++n) sum += rows_of_id[n * dim];
      }
      sums[i] = sum;
    }
    __syncthreads();  // before the lists are overwritten
  }
}

// A block takes one warp's width of a sequence's columns.
template <typename T>
__global__ void mean(Size time, Size dim, const T* x, const std::int32_t* lengths, T* y) {
  const Size groups = divide_up(dim, kWarp), b = blockIdx.x / groups;
  const Size i = blockIdx.x % groups * kWarp + lane(), length = lengths[b];
  const T sum = sum_column(0, length < time ? length : time, i < dim, shared_memory<T>(),
                           [&](Size t) { return x[(b * time + t) * dim + i]; });
  if (threadIdx.x >= kWarp || i >= dim) return;
  y[b * dim + i] = length >= 1 && length <= time ? sum / static_cast<T>(length)
                                                 : std::numeric_limits<T>::quiet_NaN();
}

template <typename T>
__global__ void mean_backward(Size batch, Divisor time, Divisor dim, const T* dy,
                              const std::int32_t* lengths, T* dx, bool accumulate) {
  const Size number = thread_number();
  if (number >= batch * time * dim) return;
  const Size row = number / dim, b = row / time, t = row % time, i = number % dim;
  const T share = t < lengths[b] ? dy[b * dim + i] / static_cast<T>(lengths[b]) : T(0);
  put(dx[number], share, accumulate);
}

// One thread moves a channel's whole window; its reads come before its writes.
template <typename T>
__global__ void move_window(Size batch, Size time, Divisor dim, Size tokens, const T* x,
                            T* window) {
  const Size number = thread_number();
  if (number >= batch * dim) return;
  const Size b = number / dim, i = number % dim;
  for (Size w = 0; w < tokens; ++w) {
    const Size t = w + time - tokens;  // in the chunk, or before it
    window[(b * tokens + w) * dim + i] =
        t >= 0 ? x[(b * time + t) * dim + i] : window[(b * tokens + w + time) * dim + i];
  }
}

template <typename T>
__global__ void compare(Size pairs, Divisor dim, const T* x, T* y) {
  const Size number = thread_number();
  if (number >= pairs * dim) return;
  const Size p = number / dim, i = number % dim;
  const T u = x[2 * p * dim + i], v = x[(2 * p + 1) * dim + i];
  T* out = y + 4 * p * dim + i;
  out[0] = u;
  out[dim] = v;
  out[2 * dim] = u * v;
  out[3 * dim] = u - v;
}

template <typename T>
__global__ void compare_backward(Size pairs, Divisor dim, const T* x, const T* dy, T* dx,
                                 bool accumulate) {
  const Size number = thread_number();
  if (number >= pairs * dim) return;
  const Size p = number / dim, i = number % dim;
  const T u = x[2 * p * dim + i], v = x[(2 * p + 1) * dim + i];
  const T* d = dy + 4 * p * dim + i;
  const T product = d[2 * dim], difference = d[3 * dim];
  put(dx[2 * p * dim + i], d[0] + product * v + difference, accumulate);
  put(dx[(2 * p + 1) * dim + i], d[dim] + product * u - difference, accumulate);
}

}  // namespace

void install_tokens() {
  const auto install = []<typename T>(T) {
    spread_rows<T> = [](Size rows, Size dim, const T* from, Size stride, Size offset, T* to,
                        bool accumulate) {
      launch(spread<T>, blocks_for(rows * stride * dim), kThreads, 0, rows, dim, from, stride,
             offset, to, accumulate);
    };
    spread_two<T> = [](Size rows, Size dim, const TwoRows<T>& both, Size stride, Size offset) {
      launch(spread_both<T>, blocks_for(rows * stride * dim), kThreads, 0, rows, dim, both, stride,
             offset);
    };
    pick_two<T> = [](Size rows, Size dim, const TwoRows<T>& both, Size stride, Size offset) {
      launch(pick_both<T>, blocks_for(rows * dim), kThreads, 0, rows, dim, both, stride, offset);
    };
    interleave<T> = [](Size rows, Size dim, const Interleaved<T>& from, T* y) {
      launch(interleave_parts<T>, blocks_for(rows * dim), kThreads, 0, rows, dim, from, y);
    };
    deinterleave<T> = [](Size rows, Size dim, const T* dy, const InterleavedSinks<T>& to) {
      launch(deinterleave_parts<T>, blocks_for(rows * dim), kThreads, 0, rows, dim, dy, to);
    };
    gather_rows<T> = [](Size rows, Size dim, const T* table, Size table_rows,
                        const std::int32_t* ids, T* to) {
      launch(gather<T>, blocks_for(rows * dim), kThreads, 0, rows, dim, table, table_rows, ids, to);
    };
    scatter_rows<T> = [](Size rows, Size dim, const T* from, Size each, const std::int32_t* ids,
                         T* table, Size table_rows, T* scratch) {
      if (table_rows == 0) return;
      const Size parts = scatter_parts(rows, table_rows);
      const bool together = parts == 1;
      launch(scatter<T>, parts * table_rows, kThreads, (kThreads / kWarp + kThreads) * sizeof(int),
             rows, dim, parts, table_rows, from, each, ids, together ? table : scratch, together);
      const PartSum<T> sum{scratch, table, parts, table_rows * dim};
      if (!together) add_up<T>({&sum, 1});
    };
    mean_token<T> = [](Size batch, Size time, Size dim, const T* x, const std::int32_t* lengths,
                       T* y) {
      launch(mean<T>, batch * column_groups(dim), kThreads, kThreads * sizeof(T), time, dim, x,
             lengths, y);
    };
    mean_token_backward<T> = [](Size batch, Size time, Size dim, const T* dy,
                                const std::int32_t* lengths, T* dx, bool accumulate) {
      launch(mean_backward<T>, blocks_for(batch * time * dim), kThreads, 0, batch, time, dim, dy,
             lengths, dx, accumulate);
    };
    shift_window<T> = [](Size batch, Size time, Size dim, Size tokens, const T* x, T* window) {
      launch(move_window<T>, blocks_for(batch * dim), kThreads, 0, batch, time, dim, tokens, x,
             window);
    };
    compare_pairs<T> = [](Size pairs, Size dim, const T* x, T* y) {
      launch(compare<T>, blocks_for(pairs * dim), kThreads, 0, pairs, dim, x, y);
    };
    compare_pairs_backward<T> = [](Size pairs, Size dim, const T* x, const T* dy, T* dx,
                                   bool accumulate) {
      launch(compare_backward<T>, blocks_for(pairs * dim), kThreads, 0, pairs, dim, x, dy, dx,
             accumulate);
    };
  };
  SEQRL_INSTALL(install);
}

}  // namespace seqrl::cuda
