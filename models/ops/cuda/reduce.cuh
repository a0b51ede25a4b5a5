// Sums over rows of whatever a kernel's file wants summed.
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

// partial (parts, columns): the sums of term(row, column) over the rows of each part.
template <typename T, typename Term>
__global__ void sum_parts(Size rows, Size columns, RowParts parts, Term term, T* partial) {
  const Size number = thread_number();
  if (number >= parts.count * columns) return;
  const Size part = number / columns, column = number % columns;
  const Size begin = part * parts.length;
  const Size end = begin + parts.length < rows ? begin + parts.length : rows;
  T sum = 0;
  for (Size row = begin; row < end; ++row) sum += term(row, column);
  partial[number] = sum;
}

template <typename T>
__global__ void add_up(Size count, Size columns, const T* partial, T* out, bool accumulate) {
  const Size column = thread_number();
  if (column >= columns) return;
  T sum = 0;
  for (Size part = 0; part < count; ++part) sum += partial[part * columns + column];
  put(out[column], sum, accumulate);
}

// out[column] = Σ term(row, column), or += with `accumulate`. scratch: sum_rows_scratch().
template <typename T, typename Term>
void sum_terms(Size rows, Size columns, Term term, T* out, bool accumulate, T* scratch) {
  const RowParts parts(rows, columns);
  launch(sum_parts<T, Term>, blocks_for(parts.count * columns), kThreads, 0, rows, columns, parts,
         term, scratch);
  launch(add_up<T>, blocks_for(columns), kThreads, 0, parts.count, columns, scratch, out,
         accumulate);
}

}  // namespace seqrl::cuda
