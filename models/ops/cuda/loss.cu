#include "models/ops/cuda/loss.h"

#include <cmath>
#include <limits>

#include "models/ops/common/math.h"
#include "models/ops/cuda/activation.cuh"
#include "models/ops/cuda/map.cuh"

namespace seqrl::cuda {
namespace {

constexpr Size kRows = kThreads / kWarp;  // a warp takes a row

// One block adds up the rows' losses.
template <typename T>
__global__ void add_rows(Size rows, const double* parts, double scale, const T* count, T* loss) {
  auto* shared = shared_memory<double>();
  constexpr int kAtOnce = 8;
  double sum = 0;
  for (Size first = threadIdx.x; first < rows; first += kAtOnce * kThreads) {
    double values[kAtOnce];
#pragma unroll
    for (int k = 0; k < kAtOnce; ++k) {
      values[k] = first + k * kThreads < rows ? parts[first + k * kThreads] : 0.0;
    }
#pragma unroll
    for (int k = 0; k < kAtOnce; ++k) sum += values[k];
  }
  sum = block_sum(sum, shared);
  if (threadIdx.x > 0) return;
  loss[0] = static_cast<T>(sum * scale / (count ? static_cast<double>(*count) : 1.0));
}

template <typename T>
void launch_add_rows(Size rows, const double* parts, double scale, const T* count, T* loss) {
  launch(add_rows<T>, 1, kThreads, kRows * sizeof(double), rows, parts, scale, count, loss);
}

template <typename T>
__global__ void row_errors(Size rows, Size dim, const T* p, const T* t, const T* mask,
                           double* parts) {
  const Size row = thread_number() / kWarp;
  const Size lane = threadIdx.x % kWarp;
  if (row >= rows) return;  // a whole warp
  T sum = 0;
  if (mask[row] != T(0)) {  // padding may hold anything
    for (Size i = row * dim + lane; i < (row + 1) * dim; i += kWarp) {
      sum += (p[i] - t[i]) * (p[i] - t[i]);
    }
  }
  sum = warp_sum(sum);
  if (lane == 0) parts[row] = static_cast<double>(sum);
}

// One block handles all of a small batch.
constexpr Size kFewErrors = 64 * kThreads;
template <typename T>
__global__ void few_errors(Size rows, Size dim, const T* p, const T* t, const T* mask, double scale,
                           const T* count, T* loss) {
  double sum = 0;
  for (Size row = threadIdx.x; row < rows; row += kThreads) {
    if (mask[row] == T(0)) continue;  // padding may hold anything
    T of_row = 0;
    for (Size i = row * dim; i < (row + 1) * dim; ++i) of_row += (p[i] - t[i]) * (p[i] - t[i]);
    sum += static_cast<double>(of_row);
  }
  sum = block_sum(sum, shared_memory<double>());
  if (threadIdx.x > 0) return;
  loss[0] = static_cast<T>(sum * scale / (count ? static_cast<double>(*count) : 1.0));
}

template <typename T>
__global__ void error_gradient(Size rows, Divisor dim, const T* p, const T* t, const T* mask,
                               T factor, const T* count, const T* upstream, T* dx,
                               bool accumulate) {
  const Size i = thread_number();
  if (i >= rows * dim) return;
  const T share = count ? factor / *count : factor;
  const T g = mask[i / dim] == T(0) ? T(0) : upstream[0] * share * (p[i] - t[i]);
  put(dx[i], g, accumulate);
}

// log Σ exp(x), summed by a warp.
template <typename T>
__device__ T log_sum_exp(Size classes, const T* x, Size lane) {
  T largest = -std::numeric_limits<T>::infinity(), sum = 0;
  for (Size i = lane; i < classes; i += kWarp) largest = x[i] > largest ? x[i] : largest;
  largest = warp_max(largest);
  for (Size i = lane; i < classes; i += kWarp) sum += math::exp(x[i] - largest);
  return largest + std::log(warp_sum(sum));
}

template <typename T>
__global__ void row_entropies(Size rows, Size classes, const T* logits, const std::int32_t* targets,
                              T* log_sums, double* parts) {
  const Size row = thread_number() / kWarp;
  const Size lane = threadIdx.x % kWarp;
  if (row >= rows) return;
  const T* x = logits + row * classes;
  const std::int32_t target = targets[row];
  const T log_sum = log_sum_exp(classes, x, lane);
  if (lane > 0) return;
  log_sums[row] = log_sum;
  parts[row] = target < 0         ? 0
               : target < classes ? static_cast<double>(log_sum - x[target])
                                  : std::numeric_limits<double>::quiet_NaN();
}

template <typename T>
__global__ void entropy_gradient(Size rows, Divisor classes, const T* logits,
                                 const std::int32_t* targets, T factor, const T* count,
                                 const T* log_sums, const T* upstream, T* dx, bool accumulate) {
  const Size number = thread_number();
  if (number >= rows * classes) return;
  const Size row = number / classes, i = number % classes;
  const std::int32_t target = targets[row];
  const T share = count ? factor / *count : factor;
  const T probability = math::exp(logits[number] - log_sums[row]);
  const T g = target < 0 ? T(0) : upstream[0] * share * (probability - T(i == target));
  put(dx[number], g, accumulate);
}

// A large block takes a part of the rows. With several parts, each stores its sum in `parts`; a
// single part stores the complete loss.
constexpr int kLarge = 1024;
template <typename T>
__global__ __launch_bounds__(kLarge) void activated_errors(Size rows, Divisor dim, RowParts cut,
                                                           Activation activation, const T* x,
                                                           const T* target, const T* mask,
                                                           double scale, const T* count, T* loss,
                                                           double* parts, T* dx, T* sums) {
  constexpr int kAtOnce = 4;  // elements that a thread loads before it needs the first
  const Size begin = blockIdx.x * cut.length;
  const Size end = begin + cut.length < rows ? begin + cut.length : rows;
  const T factor = static_cast<T>(2 * scale), share = count ? factor / *count : factor;
  double sum = 0;
  for (Size first = begin * dim + threadIdx.x; first < end * dim; first += kAtOnce * kLarge) {
    T inputs[kAtOnce], targets[kAtOnce], counts[kAtOnce];
#pragma unroll
    for (int k = 0; k < kAtOnce; ++k) {
      const Size i = first + k * kLarge;
      if (i >= end * dim) continue;
      inputs[k] = x[i], targets[k] = target[i], counts[k] = mask[i / dim];
    }
#pragma unroll
    for (int k = 0; k < kAtOnce; ++k) {
      const Size i = first + k * kLarge;
      if (i >= end * dim) continue;
      const math::ValueAndSlope<T> y = evaluate(activation, inputs[k]);
      const bool own = counts[k] != T(0);  // padding may hold anything
      const T error = own ? y.value - targets[k] : T(0);
      sum += static_cast<double>(error * error);
      if (dx) dx[i] = own ? share * error * y.slope : T(0);
    }
  }
  sum = block_sum(sum, shared_memory<double>());  // after its barriers all of dx is visible
  if (threadIdx.x == 0) {
    if (parts) {
      parts[blockIdx.x] = sum;
    } else {
      loss[0] = static_cast<T>(sum * scale / (count ? static_cast<double>(*count) : 1.0));
    }
  }
  if (!dx) return;
  // A warp sums a column.
  for (Size column = threadIdx.x / kWarp; column < dim; column += kLarge / kWarp) {
    T of_column = 0;
#pragma unroll 8
    for (Size row = begin + lane(); row < end; row += kWarp) of_column += dx[row * dim + column];
    of_column = warp_sum(of_column);
    if (lane() == 0) sums[blockIdx.x * dim + column] = of_column;
  }
}

template <typename T>
struct ScaledGradient {
  const T *upstream, *dx;
  __device__ T operator()(Size i) const { return upstream[0] * dx[i]; }
};

template <typename T>
__global__ void row_soft_entropies(Size rows, Size classes, const T* logits, const T* target,
                                   const T* mask, T* log_sums, double* parts) {
  const Size row = thread_number() / kWarp;
  const Size lane = threadIdx.x % kWarp;
  if (row >= rows) return;  // a whole warp
  const T *x = logits + row * classes, *t = target + row * classes;
  const bool counts = mask[row] != T(0);  // padding may hold anything
  const T log_sum = counts ? log_sum_exp(classes, x, lane) : T(0);
  T sum = 0;
  if (counts) {
    for (Size i = lane; i < classes; i += kWarp) sum += t[i] * (log_sum - x[i]);
  }
  sum = warp_sum(sum);
  if (lane > 0) return;
  log_sums[row] = log_sum;
  parts[row] = static_cast<double>(sum);
}

template <typename T>
__global__ void soft_entropy_gradient(Size rows, Divisor classes, const T* logits, const T* target,
                                      const T* mask, T factor, const T* count, const T* log_sums,
                                      const T* upstream, T* dx, bool accumulate) {
  const Size i = thread_number();
  if (i >= rows * classes) return;
  const Size row = i / classes;
  const T share = count ? factor / *count : factor;
  const T g = mask[row] == T(0)
                  ? T(0)
                  : upstream[0] * share * (math::exp(logits[i] - log_sums[row]) - target[i]);
  put(dx[i], g, accumulate);
}

}  // namespace

void install_loss() {
  const auto install = []<typename T>(T) {
    squared_error<T> = [](Size rows, Size dim, const T* prediction, const T* target, const T* mask,
                          double scale, const T* count, T* loss, double* scratch) {
      if (rows * dim <= kFewErrors) {
        return launch(few_errors<T>, 1, kThreads, kRows * sizeof(double), rows, dim, prediction,
                      target, mask, scale, count, loss);
      }
      launch(row_errors<T>, blocks_for(rows, kRows), kThreads, 0, rows, dim, prediction, target,
             mask, scratch);
      launch_add_rows(rows, scratch, scale, count, loss);
    };
    squared_error_backward<T> = [](Size rows, Size dim, const T* prediction, const T* target,
                                   const T* mask, T factor, const T* count, const T* upstream,
                                   T* dx, bool accumulate) {
      launch(error_gradient<T>, blocks_for(rows * dim), kThreads, 0, rows, dim, prediction, target,
             mask, factor, count, upstream, dx, accumulate);
    };
    activated_squared_error<T> = [](Size rows, Size dim, Activation activation, const T* x,
                                    const T* target, const T* mask, double scale, const T* count,
                                    T* loss, double* scratch, T* dx, T* sums) {
      const RowParts parts = activated_parts(rows, dim);
      const bool several = parts.count > 1;
      launch(activated_errors<T>, parts.count, kLarge, kLarge / kWarp * sizeof(double), rows, dim,
             parts, activation, x, target, mask, scale, count, loss, several ? scratch : nullptr,
             dx, sums);
      if (several) launch_add_rows(parts.count, scratch, scale, count, loss);
    };
    scale_gradient<T> = [](Size n, const T* upstream, T* dx) {
      launch_map(n, ScaledGradient<T>{upstream, dx}, dx, false);
    };
    cross_entropy<T> = [](Size rows, Size classes, const T* logits, const std::int32_t* targets,
                          double scale, const T* count, T* log_sums, T* loss, double* scratch) {
      launch(row_entropies<T>, blocks_for(rows, kRows), kThreads, 0, rows, classes, logits, targets,
             log_sums, scratch);
      launch_add_rows(rows, scratch, scale, count, loss);
    };
    cross_entropy_backward<T> = [](Size rows, Size classes, const T* logits,
                                   const std::int32_t* targets, T factor, const T* count,
                                   const T* log_sums, const T* upstream, T* dx, bool accumulate) {
      launch(entropy_gradient<T>, blocks_for(rows * classes), kThreads, 0, rows, classes, logits,
             targets, factor, count, log_sums, upstream, dx, accumulate);
    };
    soft_cross_entropy<T> = [](Size rows, Size classes, const T* logits, const T* target,
                               const T* mask, double scale, const T* count, T* log_sums, T* loss,
                               double* scratch) {
      launch(row_soft_entropies<T>, blocks_for(rows, kRows), kThreads, 0, rows, classes, logits,
             target, mask, log_sums, scratch);
      launch_add_rows(rows, scratch, scale, count, loss);
    };
    soft_cross_entropy_backward<T> = [](Size rows, Size classes, const T* logits, const T* target,
                                        const T* mask, T factor, const T* count, const T* log_sums,
                                        const T* upstream, T* dx, bool accumulate) {
      launch(soft_entropy_gradient<T>, blocks_for(rows * classes), kThreads, 0, rows, classes,
             logits, target, mask, factor, count, log_sums, upstream, dx, accumulate);
    };
  };
  SEQRL_INSTALL(install);
}

}  // namespace seqrl::cuda
