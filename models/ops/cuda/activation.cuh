// Activations in kernels.
#pragma once

#include "models/ops/common/activation.h"
#include "models/ops/common/math.h"
#include "models/ops/cuda/kernel.cuh"

namespace seqrl::cuda {

// The branch is the same for all threads of a kernel.
template <typename T>
__device__ math::ValueAndSlope<T> evaluate(Activation activation, T x) {
  switch (activation) {
    case Activation::none:
      return {x, T(1)};
    case Activation::relu:
      return x < 0 ? math::ValueAndSlope<T>{T(0), T(0)} : math::ValueAndSlope<T>{x, T(x > 0)};
    case Activation::gelu:
      return math::gelu_with_slope(x);
    case Activation::silu:
      return math::silu_with_slope(x);
    case Activation::tanh: {
      const T y = math::tanh(x);
      return {y, T(1) - y * y};
    }
    case Activation::sigmoid: {
      const T y = math::sigmoid(x);
      return {y, y * (T(1) - y)};
    }
  }
  return {x, T(1)};
}

}  // namespace seqrl::cuda
