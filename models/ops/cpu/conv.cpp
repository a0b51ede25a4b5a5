#include "models/ops/cpu/conv.h"

#include <algorithm>
#include <array>
#include <utility>

namespace seqrl::cpu {
namespace {

// y = start + Σ_j taps[j] ⊙ inputs[j] over dim; without a start, y += Σ_j.
template <typename T, int kernel>
void row(std::int64_t dim, const T* const* inputs, const T* __restrict taps,
         const T* __restrict start, T* __restrict y) {
  std::array<const T*, kernel> in;
  std::copy_n(inputs, kernel, in.begin());
  const auto convolve = [&](const T* from) {
    for (std::int64_t i = 0; i < dim; ++i) {
      T sum = from[i];
#pragma GCC unroll 8
      for (std::size_t j = 0; j < kernel; ++j) {
        sum += taps[static_cast<std::int64_t>(j) * dim + i] * in[j][i];
      }
      y[i] = sum;
    }
  };
  if (start) {
    convolve(start);
  } else {
    convolve(y);
  }
}

template <typename T>
using Row = void (*)(std::int64_t, const T* const*, const T*, const T*, T*);

// rows<T>[kernel − 1]
template <typename T, int... J>
constexpr auto make_rows(std::integer_sequence<int, J...>) {
  return std::array<Row<T>, sizeof...(J)>{row<T, J + 1>...};
}
template <typename T>
constexpr auto rows = make_rows<T>(std::make_integer_sequence<int, kLargestConvKernel>());

// Token t of sequence b. For t < 0 it comes from the context; null if there is none.
template <typename T>
const T* token(ConvSize size, const T* x, const T* context, std::int64_t b, std::int64_t t) {
  if (t >= 0) return x + (b * size.time + t) * size.dim;
  const std::int64_t window = size.kernel - 1;
  return context ? context + (b * window + window + t) * size.dim : nullptr;
}

}  // namespace

template <typename T>
void causal_conv_taps(ConvSize size, const T* weight, T* taps) {
  for (std::int64_t j = 0; j < size.kernel; ++j) {
    for (std::int64_t i = 0; i < size.dim; ++i)
      taps[j * size.dim + i] = weight[i * size.kernel + j];
  }
}

template <typename T>
void causal_conv_add_taps(ConvSize size, const T* dtaps, T* dweight) {
  for (std::int64_t i = 0; i < size.dim; ++i) {
    for (std::int64_t j = 0; j < size.kernel; ++j) {
      dweight[i * size.kernel + j] += dtaps[j * size.dim + i];
    }
  }
}

template <typename T>
void causal_conv(ConvSize size, const T* x, const T* taps, const T* bias, const T* context,
                 const T* zeros, T* y) {
  const Row<T> convolve = rows<T>[static_cast<std::size_t>(size.kernel - 1)];
  const T* inputs[kLargestConvKernel];
  for (std::int64_t b = 0; b < size.batch; ++b) {
    for (std::int64_t t = 0; t < size.time; ++t, y += size.dim) {
      for (std::int64_t j = 0; j < size.kernel; ++j) {
        const T* from = token(size, x, context, b, t - (size.kernel - 1) + j);
        inputs[j] = from ? from : zeros;
      }
      convolve(size.dim, inputs, taps, bias ? bias : zeros, y);
    }
  }
}

template <typename T>
void causal_conv_backward_input(ConvSize size, const T* dy, const T* taps, const T* zeros, T* dx,
                                bool accumulate) {
  // dx_t = Σ_j taps[j] ⊙ dy_{t + (kernel − 1) − j}
  const Row<T> convolve = rows<T>[static_cast<std::size_t>(size.kernel - 1)];
  const T* inputs[kLargestConvKernel];
  for (std::int64_t b = 0; b < size.batch; ++b) {
    for (std::int64_t t = 0; t < size.time; ++t, dx += size.dim) {
      for (std::int64_t j = 0; j < size.kernel; ++j) {
        const std::int64_t later = t + (size.kernel - 1) - j;
        inputs[j] = later < size.time ? dy + (b * size.time + later) * size.dim : zeros;
      }
      convolve(size.dim, inputs, taps, accumulate ? nullptr : zeros, dx);
    }
  }
}

template <typename T>
void causal_conv_backward_taps(ConvSize size, const T* x, const T* context, const T* dy, T* dtaps) {
  for (std::int64_t b = 0; b < size.batch; ++b) {
    for (std::int64_t t = 0; t < size.time; ++t, dy += size.dim) {
      for (std::int64_t j = 0; j < size.kernel; ++j) {
        const T* from = token(size, x, context, b, t - (size.kernel - 1) + j);
        if (!from) continue;
        T* __restrict to = dtaps + j * size.dim;
        for (std::int64_t i = 0; i < size.dim; ++i) to[i] += dy[i] * from[i];
      }
    }
  }
}

#define SEQRL_INSTANTIATE(T)                                                                     \
  template void causal_conv_taps<T>(ConvSize, const T*, T*);                                     \
  template void causal_conv_add_taps<T>(ConvSize, const T*, T*);                                 \
  template void causal_conv<T>(ConvSize, const T*, const T*, const T*, const T*, const T*, T*);  \
  template void causal_conv_backward_input<T>(ConvSize, const T*, const T*, const T*, T*, bool); \
  template void causal_conv_backward_taps<T>(ConvSize, const T*, const T*, const T*, T*);
SEQRL_INSTANTIATE(float)
SEQRL_INSTANTIATE(double)

}  // namespace seqrl::cpu
