#include "models/ops/cpu/optimizer.h"

#include <algorithm>
#include <cmath>

#include "models/core/flush_denormals.h"
#include "models/ops/cpu/vector.h"

namespace seqrl::cpu {
namespace {

// __restrict: without it the square root and the quotient stay scalar.
template <typename T>
void update(std::int64_t n, T scale, T beta1, T beta2, T step_size, T root, T epsilon, T keep,
            T* __restrict p, T* __restrict m, T* __restrict v, T* __restrict g) {
  for (std::int64_t i = 0; i < n; ++i) {
    g[i] *= scale;
    m[i] = beta1 * m[i] + (T(1) - beta1) * g[i];
    v[i] = beta2 * v[i] + (T(1) - beta2) * g[i] * g[i];
    p[i] = p[i] * keep - step_size * m[i] / (std::sqrt(v[i]) * root + epsilon);
    g[i] = 0;
  }
}

template <typename T>
void add_and_clear_apart(std::int64_t n, T* __restrict sum, T* __restrict other) {
  for (std::int64_t i = 0; i < n; ++i) {
    sum[i] += other[i];
    other[i] = 0;  // while it is in the cache
  }
}

}  // namespace

template <typename T>
void adamw(std::int64_t n, const op::AdamWRates& rates, std::int64_t granule, const double* decay,
           T* p, T* m, T* v, T* g) {
  const FlushDenormals flush;
  // Runs of granules with the same decay are updated in one loop.
  for (std::int64_t i = 0, end; i < n; i = end) {
    const double same = decay[i / granule];
    for (end = i + granule; end < n && decay[end / granule] == same;) end += granule;
    end = std::min(end, n);
    update(end - i, static_cast<T>(rates.scale), static_cast<T>(rates.beta1),
           static_cast<T>(rates.beta2), static_cast<T>(rates.step_size), static_cast<T>(rates.root),
           static_cast<T>(rates.epsilon), static_cast<T>(1 - rates.lr * same), p + i, m + i, v + i,
           g + i);
  }
}

template <typename T>
void add_and_clear(std::int64_t n, T* sum, T* other) {
  add_and_clear_apart(n, sum, other);
}

template <typename T>
double square_norm(std::int64_t n, const T* x) {
  return ordered_sum<double>(n, [=](std::int64_t i) { return static_cast<double>(x[i]) * x[i]; });
}

template <typename T>
void polyak_update(std::int64_t n, T rate, const T* leader, T* target) {
  const FlushDenormals flush;
  for (std::int64_t i = 0; i < n; ++i) target[i] += rate * (leader[i] - target[i]);
}

#define SEQRL_INSTANTIATE(T)                                                                       \
  template void adamw<T>(std::int64_t, const op::AdamWRates&, std::int64_t, const double*, T*, T*, \
                         T*, T*);                                                                  \
  template void add_and_clear<T>(std::int64_t, T*, T*);                                            \
  template double square_norm<T>(std::int64_t, const T*);                                          \
  template void polyak_update<T>(std::int64_t, T, const T*, T*);
SEQRL_INSTANTIATE(float)
SEQRL_INSTANTIATE(double)

}  // namespace seqrl::cpu
