#include "models/ops/cpu/activation.h"

#include <algorithm>

#include "models/ops/common/math.h"

namespace seqrl::cpu {
namespace {

template <typename T, typename F>
void map(std::int64_t n, const T* x, T* y, F f) {
  for (std::int64_t i = 0; i < n; ++i) y[i] = f(x[i]);
}

template <typename T, typename F>
void map_keeping_slope(std::int64_t n, T* __restrict x, T* __restrict y, F f) {
  for (std::int64_t i = 0; i < n; ++i) {
    const auto [value, slope] = f(x[i]);
    y[i] = value;
    x[i] = slope;
  }
}

template <typename T, typename F>
void chain(std::int64_t n, const T* at, const T* dy, T* dx, bool accumulate, F derivative) {
  if (accumulate) {
    for (std::int64_t i = 0; i < n; ++i) dx[i] += dy[i] * derivative(at[i]);
  } else {
    for (std::int64_t i = 0; i < n; ++i) dx[i] = dy[i] * derivative(at[i]);
  }
}

}  // namespace

template <typename T>
void activate(Activation activation, std::int64_t n, const T* x, T* y) {
  switch (activation) {
    case Activation::none:
      return void(x == y ? y : std::copy_n(x, n, y));
    case Activation::relu:
      return map(n, x, y, [](T v) { return v < 0 ? T(0) : v; });
    case Activation::gelu:
      return map(n, x, y, [](T v) { return math::gelu(v); });
    case Activation::silu:
      return map(n, x, y, [](T v) { return math::silu(v); });
    case Activation::tanh:
      return map(n, x, y, [](T v) { return math::tanh(v); });
    case Activation::sigmoid:
      return map(n, x, y, [](T v) { return math::sigmoid(v); });
  }
}

template <typename T>
void activate_keeping_slope(Activation activation, std::int64_t n, T* x, T* y) {
  if (activation == Activation::gelu) {
    map_keeping_slope(n, x, y, [](T v) { return math::gelu_with_slope(v); });
  } else {
    map_keeping_slope(n, x, y, [](T v) { return math::silu_with_slope(v); });
  }
}

template <typename T>
void activate_backward(Activation activation, std::int64_t n, const T* x, const T* y, const T* dy,
                       T* dx, bool accumulate) {
  switch (activation) {
    case Activation::none:
      return chain(n, dy, dy, dx, accumulate, [](T) { return T(1); });
    case Activation::relu:
      return chain(n, y, dy, dx, accumulate, [](T v) { return v > 0 ? T(1) : T(0); });
    case Activation::gelu:
      return chain(n, x, dy, dx, accumulate, [](T v) { return math::gelu_with_slope(v).slope; });
    case Activation::silu:
      return chain(n, x, dy, dx, accumulate, [](T v) { return math::silu_with_slope(v).slope; });
    case Activation::tanh:
      return chain(n, y, dy, dx, accumulate, [](T v) { return T(1) - v * v; });
    case Activation::sigmoid:
      return chain(n, y, dy, dx, accumulate, [](T v) { return v * (T(1) - v); });
  }
}

#define SEQRL_INSTANTIATE(T)                                                                     \
  template void activate<T>(Activation, std::int64_t, const T*, T*);                             \
  template void activate_keeping_slope<T>(Activation, std::int64_t, T*, T*);                     \
  template void activate_backward<T>(Activation, std::int64_t, const T*, const T*, const T*, T*, \
                                     bool);
SEQRL_INSTANTIATE(float)
SEQRL_INSTANTIATE(double)

}  // namespace seqrl::cpu
