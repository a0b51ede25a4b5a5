#include "models/ops/cpu/norm.h"

#include <cmath>

#include "models/ops/cpu/vector.h"

namespace seqrl::cpu {
namespace {

constexpr double kEpsilon = 1e-5;

}  // namespace

template <typename T>
void norm(std::int64_t rows, std::int64_t dim, const T* x, const T* weight, const T* bias, T* y,
          T* mean, T* scale) {
  const T count = static_cast<T>(dim);
  for (std::int64_t r = 0; r < rows; ++r, x += dim, y += dim) {
    const T m = ordered_sum<T>(dim, [=](std::int64_t i) { return x[i]; }) / count;
    const T squares = ordered_sum<T>(dim, [=](std::int64_t i) { return (x[i] - m) * (x[i] - m); });
    const T s = T(1) / std::sqrt(squares / count + T(kEpsilon));
    mean[r] = m;
    scale[r] = s;
    for (std::int64_t i = 0; i < dim; ++i) y[i] = (x[i] - m) * s * weight[i] + bias[i];
  }
}

template <typename T>
void norm_backward(std::int64_t rows, std::int64_t dim, const T* x, const T* weight, const T* mean,
                   const T* scale, const T* dy, T* dx, bool accumulate, T* dweight, T* dbias) {
  // With x̂ = (x − m)·s and g = dy·weight:  dx = s·(g − mean(g) − x̂·mean(g·x̂)).
  const T count = static_cast<T>(dim);
  for (std::int64_t r = 0; r < rows; ++r, x += dim, dy += dim) {
    const T m = mean[r], s = scale[r];
    if (dx) {
      const T along =
          ordered_sum<T>(dim, [=](std::int64_t i) { return dy[i] * weight[i] * (x[i] - m); }) * s *
          s / count;
      const T level =
          ordered_sum<T>(dim, [=](std::int64_t i) { return dy[i] * weight[i]; }) / count;
      if (accumulate) {
        for (std::int64_t i = 0; i < dim; ++i) {
          dx[i] += s * (dy[i] * weight[i] - level - (x[i] - m) * along);
        }
      } else {
        for (std::int64_t i = 0; i < dim; ++i) {
          dx[i] = s * (dy[i] * weight[i] - level - (x[i] - m) * along);
        }
      }
      dx += dim;
    }
    if (dweight) {
      for (std::int64_t i = 0; i < dim; ++i) dweight[i] += dy[i] * (x[i] - m) * s;
    }
    if (dbias) {
      for (std::int64_t i = 0; i < dim; ++i) dbias[i] += dy[i];
    }
  }
}

#define SEQRL_INSTANTIATE(T)                                                                   \
  template void norm<T>(std::int64_t, std::int64_t, const T*, const T*, const T*, T*, T*, T*); \
  template void norm_backward<T>(std::int64_t, std::int64_t, const T*, const T*, const T*,     \
                                 const T*, const T*, T*, bool, T*, T*);
SEQRL_INSTANTIATE(float)
SEQRL_INSTANTIATE(double)

}  // namespace seqrl::cpu
