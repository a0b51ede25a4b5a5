#include "models/ops/cuda/activation.h"

#include "models/ops/cuda/activation.cuh"
#include "models/ops/cuda/map.cuh"
#include "models/ops/cuda/reduce.cuh"

namespace seqrl::cuda {
namespace {

template <typename T>
struct Value {
  Activation activation;
  const T* x;
  __device__ T operator()(Size i) const { return evaluate(activation, x[i]).value; }
};

// The slope where y = activation(x): tanh, sigmoid and relu read y alone, the others x alone.
template <typename T>
struct Gradient {
  Activation activation;
  const T *x, *y, *dy;
  __device__ T slope(Size i) const {
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
  __device__ T operator()(Size i) const { return dy[i] * slope(i); }
};

// The gradient as a term of a sum over rows; also writes it to dx.
template <typename T>
struct WrittenGradient {
  Gradient<T> gradient;
  T* dx;
  Size columns;
  __device__ T operator()(Size row, Size column) const {
    const Size i = row * columns + column;
    return dx[i] = gradient(i);
  }
};

}  // namespace

void install_activation() {
  const auto install = []<typename T>(T) {
    activate<T> = [](Activation activation, Size n, const T* x, T* y) {
      launch_map(n, Value<T>{activation, x}, y, false);
    };
    activate_backward<T> = [](Activation activation, Size n, const T* x, const T* y, const T* dy,
                              T* dx, bool accumulate) {
      launch_map(n, Gradient<T>{activation, x, y, dy}, dx, accumulate);
    };
    activate_backward_rows<T> = [](Activation activation, Size rows, Size columns, const T* x,
                                   const T* y, T* dy, T* parts) {
      const Gradient<T> gradient{activation, x, y, dy};
      if (!parts) return launch_map(rows * columns, gradient, dy, false);
      sum_terms<T>(rows, columns, RowParts(rows), WrittenGradient<T>{gradient, dy, columns}, parts);
    };
  };
  SEQRL_INSTALL(install);
}

}  // namespace seqrl::cuda
