#include "models/ops/cuda/activation.h"

#include "models/ops/cuda/activation.cuh"
#include "models/ops/cuda/map.cuh"

namespace seqrl::cuda {
namespace {

template <typename T>
struct Value {
  Activation activation;
  const T* x;
  __device__ T operator()(Size i) const { return evaluate(activation, x[i]).value; }
};

// Where y = activation(x): tanh, sigmoid and relu read y alone, the others x alone.
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
  };
  SEQRL_INSTALL(install);
}

}  // namespace seqrl::cuda
