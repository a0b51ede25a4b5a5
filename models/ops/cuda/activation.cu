#include "models/ops/cuda/activation.h"

#include "models/ops/cpu/math.h"
#include "models/ops/cuda/install.h"
#include "models/ops/cuda/kernel.cuh"

namespace seqrl::cuda {
namespace {

// The branch is the same for all threads of a kernel.
template <typename T>
__device__ cpu::ValueAndSlope<T> evaluate(Activation activation, T x) {
  switch (activation) {
    case Activation::none:
      return {x, T(1)};
    case Activation::relu:
      return x < 0 ? cpu::ValueAndSlope<T>{T(0), T(0)} : cpu::ValueAndSlope<T>{x, T(x > 0)};
    case Activation::gelu:
      return cpu::gelu_with_slope(x);
    case Activation::silu:
      return cpu::silu_with_slope(x);
    case Activation::tanh: {
      const T y = cpu::tanh(x);
      return {y, T(1) - y * y};
    }
    case Activation::sigmoid: {
      const T y = cpu::sigmoid(x);
      return {y, y * (T(1) - y)};
    }
  }
  return {x, T(1)};
}

// The slope where y = activation(x): tanh, sigmoid and relu read y alone, the others x alone.
template <typename T>
__device__ T slope_at(Activation activation, const T* x, const T* y, Size i) {
  switch (activation) {
    case Activation::none:
      return T(1);
    case Activation::relu:
      return T(y[i] > 0);
    case Activation::tanh:
      return T(1) - y[i] * y[i];
    case Activation::sigmoid:
      return y[i] * (T(1) - y[i]);
    default:
      return evaluate(activation, x[i]).slope;
  }
}

template <typename T>
__global__ void values(Activation activation, Size n, const T* x, T* y) {
  const Size i = thread_number();
  if (i < n) y[i] = evaluate(activation, x[i]).value;
}

template <typename T>
__global__ void values_and_slopes(Activation activation, Size n, T* x, T* y) {
  const Size i = thread_number();
  if (i >= n) return;
  const auto [value, slope] = evaluate(activation, x[i]);
  y[i] = value;
  x[i] = slope;
}

template <typename T>
__global__ void chain(Activation activation, Size n, const T* x, const T* y, const T* dy, T* dx,
                      bool accumulate) {
  const Size i = thread_number();
  if (i < n) put(dx[i], dy[i] * slope_at(activation, x, y, i), accumulate);
}

}  // namespace

void install_activation() {
  const auto install = []<typename T>(T) {
    activate<T> = [](Activation activation, Size n, const T* x, T* y) {
      launch(values<T>, blocks_for(n), kThreads, 0, activation, n, x, y);
    };
    activate_keeping_slope<T> = [](Activation activation, Size n, T* x, T* y) {
      launch(values_and_slopes<T>, blocks_for(n), kThreads, 0, activation, n, x, y);
    };
    activate_backward<T> = [](Activation activation, Size n, const T* x, const T* y, const T* dy,
                              T* dx, bool accumulate) {
      launch(chain<T>, blocks_for(n), kThreads, 0, activation, n, x, y, dy, dx, accumulate);
    };
  };
  SEQRL_INSTALL(install);
}

}  // namespace seqrl::cuda
