// Layer norm, also of a sum with dropout, by rows: a warp normalises a row.
//
// Rows of up to 512 elements are read once, into registers; a template parameter gives the number
// of elements per lane. Then mean and variance are sums over the warp, and the row is written.
// Wider rows are read three times, from the L1 cache if they fit. add_and_normalize() also adds the
// residual and the dropped branch, which saves a pass over memory.
//
// Backward: with x̂ = (x − mean)·scale and g = dy·weight, dx = scale·(g − mean(g) − x̂·mean(g·x̂)),
// again with one warp per row. The gradients of weight and bias are sums over rows: a block sums
// its part of the rows in registers, then over its warps in shared memory, and writes one row of
// sums. The parts are added up later (reduce.h), in an order that depends on the sizes alone.
#include "models/ops/cuda/norm.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <type_traits>

#include "configs/base/error.h"
#include "models/ops/cuda/dropout.cuh"
#include "models/ops/cuda/reduce.cuh"

namespace seqrl::cuda {
namespace {

// A warp takes a row; each lane holds kColumns of its elements in registers. Wider rows are read
// again from the L1 cache.
constexpr int kWarps = kThreads / kWarp;
constexpr Size kWidest = 512;

// A lane's elements of a row; zeros beyond its end.
template <int kColumns, typename T>
__device__ void load(const T* row, Size dim, T (&values)[kColumns]) {
#pragma unroll
  for (int k = 0; k < kColumns; ++k) {
    const int c = k * kWarp + lane();
    values[k] = c < dim ? row[c] : T(0);
  }
}

template <typename T>
__device__ T scale_of(T squares, Size dim) {
  return T(1) / std::sqrt(squares / static_cast<T>(dim) + T(1e-5));
}

// Forward's outputs for rows, and its parameters.
template <typename T>
struct Norm {
  const T *weight, *bias;
  T *y, *mean, *scale;
};

// `factor(k)`: the factor of the lane's k-th result, for ascending k.
template <typename T, int kColumns, typename Factor>
__device__ void normalize_row(Size row, Size dim, const T (&values)[kColumns], const Norm<T>& to,
                              Factor factor) {
  // The mean, then the variance around it: two sums over the warp.
  T sum = 0, squares = 0;
  for (const T value : values) sum += value;
  const T m = warp_sum(sum) / static_cast<T>(dim);
#pragma unroll
  for (int k = 0; k < kColumns; ++k) {
    const T d = k * kWarp + lane() < dim ? values[k] - m : T(0);
    squares += d * d;
  }
  const T s = scale_of(warp_sum(squares), dim);
#pragma unroll
  for (int k = 0; k < kColumns; ++k) {
    const int c = k * kWarp + lane();
    if (c >= dim) continue;
    to.y[row * dim + c] = ((values[k] - m) * s * to.weight[c] + to.bias[c]) * factor(k);
  }
  if (lane() == 0) to.mean[row] = m, to.scale[row] = s;
}
template <typename T, int kColumns>
__device__ void normalize_row(Size row, Size dim, const T (&values)[kColumns], const Norm<T>& to) {
  normalize_row(row, dim, values, to, [](int) { return T(1); });
}

template <typename T, int kColumns>
__global__ void normalize(Size rows, Size dim, const T* x, Norm<T> to) {
  const Size row = thread_number() / kWarp;
  if (row >= rows) return;  // a whole warp
  T values[kColumns];
  load(x + row * dim, dim, values);
  normalize_row(row, dim, values, to);
}

template <typename T, int kColumns>
__global__ void normalize_and_drop(DropoutRule rule, std::uint32_t each, Size rows, Size dim,
                                   const T* x, Norm<T> to) {
  const Size row = thread_number() / kWarp;
  if (row >= rows) return;
  T values[kColumns];
  load(x + row * dim, dim, values);
  RowDropout<T> dropout(rule, static_cast<std::uint32_t>(row), each, dim);
  normalize_row(row, dim, values, to, [&](int k) { return dropout.scale(k); });
}

template <typename T, int kColumns>
__global__ void add_and_normalize(DropoutRule rule, std::uint32_t each, Size rows, Size dim,
                                  const T* residual, const T* branch, T* sum, Norm<T> to) {
  const Size row = thread_number() / kWarp;
  if (row >= rows) return;
  T values[kColumns], added[kColumns];
  load(residual + row * dim, dim, values);
  load(branch + row * dim, dim, added);
  RowDropout<T> dropout(rule, static_cast<std::uint32_t>(row), each, dim);
#pragma unroll
  for (int k = 0; k < kColumns; ++k) {
    const int c = k * kWarp + lane();
    if (c >= dim) continue;
    values[k] += added[k] * dropout.scale(k);
    sum[row * dim + c] = values[k];
  }
  normalize_row(row, dim, values, to);
}

template <typename T>
__global__ void normalize_wide(Size rows, Size dim, const T* x, Norm<T> to) {
  const Size row = thread_number() / kWarp;
  if (row >= rows) return;
  const T *weight = to.weight, *bias = to.bias;
  x += row * dim;
  T* y = to.y + row * dim;
  T sum = 0;
  for (Size i = lane(); i < dim; i += kWarp) sum += x[i];
  const T m = warp_sum(sum) / static_cast<T>(dim);
  T squares = 0;
  for (Size i = lane(); i < dim; i += kWarp) squares += (x[i] - m) * (x[i] - m);
  const T s = scale_of(warp_sum(squares), dim);
  for (Size i = lane(); i < dim; i += kWarp) {
    y[i] = (x[i] - m) * s * weight[i] + bias[i];
  }
  if (lane() == 0) to.mean[row] = m, to.scale[row] = s;
}

// Inputs and outputs of backward.
template <typename T>
struct Backward {
  const T *x, *weight, *mean, *scale, *dy;
  T* dx;
  bool accumulate;
};

// The destination of the gradient of dropout's input, for x = residual + branch ⊙ scale.
template <typename T>
struct Branch {
  DropoutRule rule;
  std::uint32_t each;  // rows of a sample
  T* gradient;
  bool accumulate;
  T* sums;  // sums of it over each block's rows; null: not wanted
};
struct NoBranch {};

// For results that were dropped.
struct Dropped {
  DropoutRule rule;
  std::uint32_t each;
};

// A block takes a part of the rows, and sums their terms of the weight's and the bias's gradients.
template <typename T, int kColumns, typename From>
__global__ void gradients(Size rows, Size dim, RowParts parts, Backward<T> pass, From from,
                          T* dweight, T* dbias) {
  const int warp = static_cast<int>(threadIdx.x) / kWarp;
  const Size begin = blockIdx.x * parts.length;
  const Size end = begin + parts.length < rows ? begin + parts.length : rows;
  T weight[kColumns], to_weight[kColumns] = {}, to_bias[kColumns] = {}, to_sums[kColumns] = {};
  load(pass.weight, dim, weight);
  const T share = T(1) / static_cast<T>(dim);
  for (Size row = begin + warp; row < end; row += kWarps) {
    T x[kColumns], dy[kColumns];
    load(pass.x + row * dim, dim, x);
    load(pass.dy + row * dim, dim, dy);
    if constexpr (std::is_same_v<From, Dropped>) {
      RowDropout<T> dropout(from.rule, static_cast<std::uint32_t>(row), from.each, dim);
#pragma unroll
      for (int k = 0; k < kColumns; ++k) dy[k] *= dropout.scale(k);
    }
    const T m = pass.mean[row], s = pass.scale[row];
    // The row's terms of the weight's and the bias's gradients, and its means of g and g·x̂.
    T along = 0, level = 0;
#pragma unroll
    for (int k = 0; k < kColumns; ++k) {
      x[k] -= m;
      to_weight[k] += dy[k] * x[k] * s;
      to_bias[k] += dy[k];
      dy[k] *= weight[k];
      along += dy[k] * x[k];
      level += dy[k];
    }
    if (!pass.dx) continue;
    along = warp_sum(along) * s * s * share;
    level = warp_sum(level) * share;
    const auto write = [&](auto and_then) {
#pragma unroll
      for (int k = 0; k < kColumns; ++k) {
        const int c = k * kWarp + lane();
        if (c >= dim) continue;
        T& dx = pass.dx[row * dim + c];
        put(dx, s * (dy[k] - level - x[k] * along), pass.accumulate);
        and_then(k, c, dx);
      }
    };
    // dx and, if the row is a sum with dropout, the gradient of the dropped branch.
    if constexpr (!std::is_same_v<From, Branch<T>>) {
      write([](int, int, T) {});
    } else {
      RowDropout<T> dropout(from.rule, static_cast<std::uint32_t>(row), from.each, dim);
      write([&](int k, int c, T dx) {
        if (!from.gradient) return;
        const T gradient = dx * dropout.scale(k);
        to_sums[k] += gradient;
        put(from.gradient[row * dim + c], gradient, from.accumulate);
      });
    }
  }
  // The block's sums for weight and bias over its warps.
  const auto add_up_warps = [&](const T(&own)[kColumns], T* to) {
    T* shared = shared_memory<T>();  // (warps, kColumns · kWarp)
#pragma unroll
    for (int k = 0; k < kColumns; ++k) {
      shared[(warp * kColumns + k) * kWarp + lane()] = own[k];
    }
    __syncthreads();
    for (int c = static_cast<int>(threadIdx.x); c < dim; c += kThreads) {
      T sum = 0;
      for (int w = 0; w < kWarps; ++w) sum += shared[w * kColumns * kWarp + c];
      to[blockIdx.x * dim + c] = sum;
    }
    __syncthreads();
  };
  if (dweight) add_up_warps(to_weight, dweight);
  if (dbias) add_up_warps(to_bias, dbias);
  if constexpr (std::is_same_v<From, Branch<T>>) {
    if (from.sums) add_up_warps(to_sums, from.sums);
  }
}

template <typename T>
__global__ void input_gradient_wide(Size rows, Size dim, Backward<T> pass) {
  const Size row = thread_number() / kWarp;
  if (row >= rows) return;
  const T *x = pass.x + row * dim, *dy = pass.dy + row * dim;
  const T m = pass.mean[row], s = pass.scale[row];
  T along = 0, level = 0;
  for (Size i = lane(); i < dim; i += kWarp) {
    along += dy[i] * pass.weight[i] * (x[i] - m);
    level += dy[i] * pass.weight[i];
  }
  along = warp_sum(along) * s * s / static_cast<T>(dim);
  level = warp_sum(level) / static_cast<T>(dim);
  for (Size i = lane(); i < dim; i += kWarp) {
    put(pass.dx[row * dim + i], s * (dy[i] * pass.weight[i] - level - (x[i] - m) * along),
        pass.accumulate);
  }
}

template <typename T>
struct WeightTerm {
  const T *x, *mean, *scale, *dy;
  Size dim;
  __device__ T operator()(Size row, Size i) const {
    return dy[row * dim + i] * (x[row * dim + i] - mean[row]) * scale[row];
  }
};

template <typename T>
void backward_wide(Size rows, Size dim, const Backward<T>& pass, T* dweight, T* dbias) {
  const RowParts parts = norm_parts(rows);
  if (pass.dx) {
    launch(input_gradient_wide<T>, blocks_for(rows, kWarps), kThreads, 0, rows, dim, pass);
  }
  if (dweight) {
    sum_terms<T>(rows, dim, parts, WeightTerm<T>{pass.x, pass.mean, pass.scale, pass.dy, dim},
                 dweight);
  }
  if (dbias) sum_terms<T>(rows, dim, parts, Element<T>{pass.dy, dim}, dbias);
}

std::uint32_t rows_of_sample(const DropoutRule& rule, Size rows) {
  SEQRL_CHECK(rows <= INT32_MAX);
  return static_cast<std::uint32_t>(std::max<Size>(1, rows / rule.batch));
}

template <typename T, typename From>
void backward(Size rows, Size dim, const Backward<T>& pass, const From& from, T* dweight,
              T* dbias) {
  const RowParts parts = norm_parts(rows);
  with_columns<kWidest / kWarp>(dim, [&](auto columns) {
    launch(gradients<T, columns(), From>, parts.count, kThreads,
           kWarps * columns() * kWarp * sizeof(T), rows, dim, parts, pass, from, dweight, dbias);
  });
}

}  // namespace

void install_norm() {
  const auto install = []<typename T>(T) {
    norm<T> = [](Size rows, Size dim, const T* x, const T* weight, const T* bias, T* y, T* mean,
                 T* scale) {
      const Size blocks = blocks_for(rows, kWarps);
      const Norm<T> to{weight, bias, y, mean, scale};
      if (dim > kWidest) {
        return launch(normalize_wide<T>, blocks, kThreads, 0, rows, dim, x, to);
      }
      with_columns<kWidest / kWarp>(dim, [&](auto columns) {
        launch(normalize<T, columns()>, blocks, kThreads, 0, rows, dim, x, to);
      });
    };
    norm_backward<T> = [](Size rows, Size dim, const T* x, const T* weight, const T* mean,
                          const T* scale, const T* dy, T* dx, bool accumulate, T* dweight,
                          T* dbias) {
      const Backward<T> pass{x, weight, mean, scale, dy, dx, accumulate};
      if (dim > kWidest) return backward_wide(rows, dim, pass, dweight, dbias);
      backward(rows, dim, pass, NoBranch{}, dweight, dbias);
    };
    dropped_norm<T> = [](DropoutRule rule, Size rows, Size dim, const T* x, const T* weight,
                         const T* bias, T* y, T* mean, T* scale) {
      with_columns<kWidest / kWarp>(dim, [&](auto columns) {
        launch(normalize_and_drop<T, columns()>, blocks_for(rows, kWarps), kThreads, 0, rule,
               rows_of_sample(rule, rows), rows, dim, x, Norm<T>{weight, bias, y, mean, scale});
      });
    };
    dropped_norm_backward<T> = [](DropoutRule rule, Size rows, Size dim, const T* x,
                                  const T* weight, const T* mean, const T* scale, const T* dy,
                                  T* dx, bool accumulate, T* dweight, T* dbias) {
      const Backward<T> pass{x, weight, mean, scale, dy, dx, accumulate};
      backward(rows, dim, pass, Dropped{rule, rows_of_sample(rule, rows)}, dweight, dbias);
    };
    add_norm<T> = [](DropoutRule rule, Size rows, Size dim, const T* residual, const T* branch,
                     T* sum, const T* weight, const T* bias, T* y, T* mean, T* scale) {
      with_columns<kWidest / kWarp>(dim, [&](auto columns) {
        launch(add_and_normalize<T, columns()>, blocks_for(rows, kWarps), kThreads, 0, rule,
               rows_of_sample(rule, rows), rows, dim, residual, branch, sum,
               Norm<T>{weight, bias, y, mean, scale});
      });
    };
    add_norm_backward<T> = [](DropoutRule rule, Size rows, Size dim, const T* x, const T* weight,
                              const T* mean, const T* scale, const T* dy, T* dx, bool accumulate,
                              T* dbranch, bool accumulate_branch, T* branch_sums, T* dweight,
                              T* dbias) {
      const Backward<T> pass{x, weight, mean, scale, dy, dx, accumulate};
      backward(rows, dim, pass,
               Branch<T>{rule, rows_of_sample(rule, rows), dbranch, accumulate_branch, branch_sums},
               dweight, dbias);
    };
  };
  SEQRL_INSTALL(install);
}

}  // namespace seqrl::cuda
