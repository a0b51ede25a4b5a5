#include "models/ops/cuda/norm.h"

#include <cmath>

#include "models/ops/cuda/install.h"
#include "models/ops/cuda/reduce.cuh"

namespace seqrl::cuda {
namespace {

// A warp takes a row; a row of 1024 elements stays in the L1 cache from its first reading on.
constexpr Size kRows = kThreads / kWarp;

template <typename T>
__global__ void normalize(Size rows, Size dim, const T* x, const T* weight, const T* bias, T* y,
                          T* mean, T* scale) {
  const Size row = thread_number() / kWarp;
  const Size lane = threadIdx.x % kWarp;
  if (row >= rows) return;  // a whole warp
  x += row * dim, y += row * dim;
  T sum = 0;
  if (bias) {
    for (Size i = lane; i < dim; i += kWarp) sum += x[i];
  }
  const T m = warp_sum(sum) / static_cast<T>(dim);
  T squares = 0;
  for (Size i = lane; i < dim; i += kWarp) squares += (x[i] - m) * (x[i] - m);
  const T s = T(1) / std::sqrt(warp_sum(squares) / static_cast<T>(dim) + T(1e-5));
  for (Size i = lane; i < dim; i += kWarp) {
    y[i] = (x[i] - m) * s * weight[i] + (bias ? bias[i] : T(0));
  }
  if (lane == 0) mean[row] = m, scale[row] = s;
}

template <typename T>
__global__ void input_gradient(Size rows, Size dim, const T* x, const T* weight, const T* mean,
                               const T* scale, const T* dy, bool centered, T* dx, bool accumulate) {
  const Size row = thread_number() / kWarp;
  const Size lane = threadIdx.x % kWarp;
  if (row >= rows) return;
  x += row * dim, dy += row * dim, dx += row * dim;
  const T m = mean[row], s = scale[row];
  T along = 0, level = 0;
  for (Size i = lane; i < dim; i += kWarp) {
    along += dy[i] * weight[i] * (x[i] - m);
    level += dy[i] * weight[i];
  }
  along = warp_sum(along) * s * s / static_cast<T>(dim);
  level = warp_sum(level) / static_cast<T>(dim);
  if (!centered) level = 0;
  for (Size i = lane; i < dim; i += kWarp) {
    put(dx[i], s * (dy[i] * weight[i] - level - (x[i] - m) * along), accumulate);
  }
}

template <typename T>
struct WeightTerm {
  const T *x, *mean, *scale, *dy;
  Size dim;
  __device__ T operator()(Size row, Size i) const {
    return dy[row * dim + i] * (x[row * dim + i] - mean[row]) * scale[row];
  }
};

}  // namespace

void install_norm() {
  const auto install = []<typename T>(T) {
    norm<T> = [](Size rows, Size dim, const T* x, const T* weight, const T* bias, T* y, T* mean,
                 T* scale) {
      launch(normalize<T>, blocks_for(rows, kRows), kThreads, 0, rows, dim, x, weight, bias, y,
             mean, scale);
    };
    norm_backward<T> = [](Size rows, Size dim, const T* x, const T* weight, const T* mean,
                          const T* scale, const T* dy, bool centered, T* dx, bool accumulate,
                          T* dweight, T* dbias, T* scratch) {
      if (dx) {
        launch(input_gradient<T>, blocks_for(rows, kRows), kThreads, 0, rows, dim, x, weight, mean,
               scale, dy, centered, dx, accumulate);
      }
      if (dweight) {
        sum_terms<T>(rows, dim, WeightTerm<T>{x, mean, scale, dy, dim}, dweight, true, scratch);
      }
      if (dbias) sum_terms<T>(rows, dim, Element<T>{dy, dim}, dbias, true, scratch);
    };
  };
  SEQRL_INSTALL(install);
}

}  // namespace seqrl::cuda
