// A kernel that sums any function of row and column over rows.
#pragma once

#include "models/ops/cuda/kernel.cuh"
#include "models/ops/cuda/reduce.h"

namespace seqrl::cuda {

// The term that is an element of x (rows, columns) itself.
template <typename T>
struct Element {
  const T* x;
  Size columns;
  __device__ T operator()(Size row, Size column) const { return x[row * columns + column]; }
};

// A block sums kWarp columns, each by kLanes threads that take every kLanes-th term, several of
// them at once.
constexpr int kLanes = kThreads / kWarp;
constexpr int kAtOnce = 8;

inline Size column_groups(Size columns) {
  return blocks_for(columns, kWarp);
}

// Σ term(i) for i in [begin, end), for the thread's column; complete in the block's first warp.
// `shared` holds kThreads elements.
template <typename T, typename Term>
__device__ T sum_column(Size begin, Size end, bool active, T* shared, Term term) {
  const int column = static_cast<int>(threadIdx.x) % kWarp;
  T sum = 0;
  if (active) {
    for (Size first = begin + threadIdx.x / kWarp; first < end; first += kLanes * kAtOnce) {
      T values[kAtOnce];
#pragma unroll
      for (int k = 0; k < kAtOnce; ++k) {
        values[k] = first + k * kLanes < end ? term(first + k * kLanes) : T(0);
      }
#pragma unroll
      for (int k = 0; k < kAtOnce; ++k) sum += values[k];
    }
  }
  shared[threadIdx.x] = sum;
  __syncthreads();
  if (threadIdx.x >= kWarp) return sum;
  sum = 0;
  for (int lane = 0; lane < kLanes; ++lane) sum += shared[lane * kWarp + column];
  return sum;
}

// Writes to (parts.count, columns) the sums of term(row, column) over the rows of each part.
template <typename T, typename Term>
__global__ void sum_parts_of(Size rows, Size columns, RowParts parts, Term term, T* to) {
  const Size groups = divide_up(columns, kWarp), part = blockIdx.x / groups;
  const Size column = blockIdx.x % groups * kWarp + threadIdx.x % kWarp;
  const Size begin = part * parts.length;
  const Size end = begin + parts.length < rows ? begin + parts.length : rows;
  const T sum = sum_column(begin, end, column < columns, shared_memory<T>(),
                           [&](Size row) { return term(row, column); });
  if (threadIdx.x < kWarp && column < columns) to[part * columns + column] = sum;
}

template <typename T, typename Term>
void sum_terms(Size rows, Size columns, RowParts parts, Term term, T* to) {
  launch(sum_parts_of<T, Term>, parts.count * column_groups(columns), kThreads,
         kThreads * sizeof(T), rows, columns, parts, term, to);
}

}  // namespace seqrl::cuda
