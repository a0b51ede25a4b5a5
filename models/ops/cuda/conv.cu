#include "models/ops/cuda/conv.h"

#include "models/ops/cuda/activation.cuh"
#include "models/ops/cuda/streams.cuh"

namespace seqrl::cuda {
namespace {

// Channel i of token t of sequence b. For t < 0 it comes from the context, or is zero.
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

// A thread processes one channel through a part of the tokens, with the window of the last tokens
// in registers. Writes (parts.count, dim, kernel).
constexpr int kTaps = static_cast<int>(kLargestConvKernel);
constexpr int kWalkers = 64;
template <typename T>
using TokenStreams = Streams<T, 2>;
template <typename T>
__global__ void weight_parts(ConvSize size, RowParts parts, const T* x, const T* context,
                             const T* dy, T* to) {
  const Size number = thread_number(), rows = size.batch * size.time;
  if (number >= parts.count * size.dim) return;
  const Size part = number / size.dim, i = number % size.dim, begin = part * parts.length;
  const int count = static_cast<int>(rows - begin < parts.length ? rows - begin : parts.length);
  Size b = begin / size.time, t = begin % size.time;
  T window[kTaps], sums[kTaps] = {};
  const auto look_back = [&] {  // the tokens before t; the latest last
#pragma unroll
    for (int back = 1; back < kTaps; ++back) {
      window[kTaps - back] = back < size.kernel ? token(size, x, context, b, t - back, i) : T(0);
    }
  };
  look_back();
  TokenStreams<T> tokens(shared_memory<T>());
  tokens.set(0, x + begin * size.dim + i, size.dim, 0, count);
  tokens.set(1, dy + begin * size.dim + i, size.dim, 0, count);
  tokens.walk(count, [&](const T* now, int) {
    if (t == size.time) {
      t = 0, ++b;
      look_back();
    }
#pragma unroll
    for (int j = 0; j + 1 < kTaps; ++j) window[j] = window[j + 1];
    window[kTaps - 1] = now[0];
#pragma unroll
    for (int j = 0; j < kTaps; ++j) sums[j] += now[1] * window[j];
    ++t;
  });
#pragma unroll
  for (int j = 0; j < kTaps; ++j) {
    const Size tap = j - (kTaps - size.kernel);
    if (tap >= 0) to[number * size.kernel + tap] = sums[j];
  }
}

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
      const RowParts cut(rows);
      launch(weight_parts<T>, blocks_for(cut.count * size.dim, kWalkers), kWalkers,
             TokenStreams<T>::elements(kWalkers) * sizeof(T), size, cut, x, context, dy, parts);
    };
  };
  SEQRL_INSTALL(install);
}

}  // namespace seqrl::cuda
