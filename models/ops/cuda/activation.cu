#include "models/ops/cuda/activation.h"

#include "models/ops/cuda/activation.cuh"
#include "models/ops/cuda/install.h"

namespace seqrl::cuda {
namespace {

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
