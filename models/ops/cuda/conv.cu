#include "models/ops/cuda/conv.h"

#include "models/ops/cuda/activation.cuh"
#include "models/ops/cuda/install.h"
#include "models/ops/cuda/reduce.cuh"

namespace seqrl::cuda {
namespace {

// Channel i of token t of sequence b, which for t < 0 is in the context, or zero.
template <typename T>
__device__ T token(ConvSize size, const T* x, const T* context, Size b, Size t, Size i) {
  if (t >= 0) return x[(b * size.time + t) * size.dim + i];
  const Size window = size.kernel - 1;
  return context ? context[(b * window + window + t) * size.dim + i] : T(0);
}

template <typename T>
__global__ void convolve(ConvSize size, Activation activation, const T* x, const T* weight,
                         const T* bias, const T* context, T* before, T* y) {
  const Size number = thread_number();
  if (number >= size.batch * size.time * size.dim) return;
  const Size i = number % size.dim, t = number / size.dim % size.time;
  const Size b = number / (size.dim * size.time);
  T sum = bias ? bias[i] : T(0);
  for (Size j = 0; j < size.kernel; ++j) {
    sum += weight[i * size.kernel + j] * token(size, x, context, b, t - (size.kernel - 1) + j, i);
  }
  if (before) before[number] = sum;
  y[number] = evaluate(activation, sum).value;
}

template <typename T>
__global__ void input_gradient(ConvSize size, const T* dy, const T* weight, T* dx,
                               bool accumulate) {
  const Size number = thread_number();
  if (number >= size.batch * size.time * size.dim) return;
  const Size i = number % size.dim, t = number / size.dim % size.time;
  T sum = 0;
  for (Size j = 0; j < size.kernel; ++j) {
    const Size later = size.kernel - 1 - j;
    if (t + later < size.time) sum += weight[i * size.kernel + j] * dy[number + later * size.dim];
  }
  put(dx[number], sum, accumulate);
}

template <typename T>
struct WeightTerm {
  ConvSize size;
  const T *x, *context, *dy;
  __device__ T operator()(Size row, Size column) const {
    // 32 bits, whose division is quick: rows and columns are fewer.
    const auto kernel = static_cast<unsigned>(size.kernel);
    const auto time = static_cast<unsigned>(size.time);
    const Size i = static_cast<unsigned>(column) / kernel;
    const Size j = static_cast<unsigned>(column) % kernel;
    const Size b = static_cast<unsigned>(row) / time, t = static_cast<unsigned>(row) % time;
    return dy[row * size.dim + i] * token(size, x, context, b, t - (size.kernel - 1) + j, i);
  }
};

}  // namespace

void install_conv() {
  const auto install = []<typename T>(T) {
    causal_conv<T> = [](ConvSize size, Activation activation, const T* x, const T* weight,
                        const T* bias, const T* context, T* before, T* y) {
      launch(convolve<T>, blocks_for(size.batch * size.time * size.dim), kThreads, 0, size,
             activation, x, weight, bias, context, before, y);
    };
    causal_conv_backward_input<T> = [](ConvSize size, const T* dy, const T* weight, T* dx,
                                       bool accumulate) {
      launch(input_gradient<T>, blocks_for(size.batch * size.time * size.dim), kThreads, 0, size,
             dy, weight, dx, accumulate);
    };
    causal_conv_weight_parts<T> = [](ConvSize size, const T* x, const T* context, const T* dy,
                                     T* parts) {
      const Size rows = size.batch * size.time;
      sum_terms<T>(rows, size.dim * size.kernel, RowParts(rows),
                   WeightTerm<T>{size, x, context, dy}, parts);
    };
  };
  SEQRL_INSTALL(install);
}

}  // namespace seqrl::cuda
