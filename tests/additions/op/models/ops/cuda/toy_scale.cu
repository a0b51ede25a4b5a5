#include "models/ops/cuda/toy_scale.h"

#include "models/ops/cuda/map.cuh"

namespace seqrl::cuda {
namespace {

template <typename T>
struct Scaled {
  T factor;
  const T* x;
  __device__ T operator()(Size i) const { return factor * x[i]; }
};

}  // namespace

void install_toy_scale() {
  const auto install = []<typename T>(T) {
    toy_scale<T> = [](Size n, T factor, const T* x, T* y, bool accumulate) {
      launch_map(n, Scaled<T>{factor, x}, y, accumulate);
    };
  };
  SEQRL_INSTALL(install);
}

}  // namespace seqrl::cuda
