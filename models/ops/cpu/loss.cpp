#include "models/ops/cpu/loss.h"

#include <algorithm>
#include <cmath>

#include "models/ops/common/math.h"
#include "models/ops/cpu/vector.h"

namespace seqrl::cpu {
namespace {

// log Σ exp(x)
template <typename T>
T log_sum_exp(std::int64_t classes, const T* x) {
  const T largest = *std::max_element(x, x + classes);  // exp() below is at most 1
  return largest + std::log(ordered_sum<T>(
                       classes, [=](std::int64_t i) { return math::exp(x[i] - largest); }));
}

}  // namespace

template <typename T>
void squared_error(std::int64_t rows, std::int64_t dim, const T* prediction, const T* target,
                   const T* mask, double scale, T* loss) {
  const T *p = prediction, *t = target;
  double sum = 0;
  for (std::int64_t r = 0; r < rows; ++r, p += dim, t += dim) {
    if (mask[r] == T(0)) continue;  // padding may hold anything
    sum += static_cast<double>(
        ordered_sum<T>(dim, [=](std::int64_t i) { return (p[i] - t[i]) * (p[i] - t[i]); }));
  }
  *loss = static_cast<T>(sum * scale);
}

template <typename T>
void squared_error_backward(std::int64_t rows, std::int64_t dim, const T* prediction,
                            const T* target, const T* mask, T factor, const T* upstream, T* dx,
                            bool accumulate) {
  const T share = *upstream * factor;
  for (std::int64_t i = 0; i < rows * dim; ++i) {
    const T g = mask[i / dim] == T(0) ? T(0) : share * (prediction[i] - target[i]);
    dx[i] = accumulate ? dx[i] + g : g;
  }
}

template <typename T>
void cross_entropy(std::int64_t rows, std::int64_t classes, const T* logits,
                   const std::int32_t* targets, double count, T* log_sums, T* loss) {
  const T* x = logits;
  double sum = 0;
  for (std::int64_t r = 0; r < rows; ++r, x += classes) {
    const std::int32_t target = targets[r];
    if (target < 0) continue;
    log_sums[r] = log_sum_exp(classes, x);
    sum += static_cast<double>(log_sums[r] - x[target]);
  }
  *loss = static_cast<T>(sum / count);
}

template <typename T>
void cross_entropy_backward(std::int64_t rows, std::int64_t classes, const T* logits,
                            const std::int32_t* targets, T count, const T* log_sums,
                            const T* upstream, T* dx) {
  const T* x = logits;
  const T factor = *upstream / count;
  for (std::int64_t r = 0; r < rows; ++r, x += classes, dx += classes) {
    const std::int32_t target = targets[r];
    if (target < 0) continue;
    for (std::int64_t i = 0; i < classes; ++i) dx[i] += factor * math::exp(x[i] - log_sums[r]);
    dx[target] -= factor;
  }
}

template <typename T>
void soft_cross_entropy(std::int64_t rows, std::int64_t classes, const T* logits, const T* target,
                        const T* mask, double scale, T* log_sums, T* loss) {
  const T *x = logits, *t = target;
  double sum = 0;
  for (std::int64_t r = 0; r < rows; ++r, x += classes, t += classes) {
    if (mask[r] == T(0)) continue;  // padding may hold anything
    const T log_sum = log_sums[r] = log_sum_exp(classes, x);
    sum += static_cast<double>(
        ordered_sum<T>(classes, [=](std::int64_t i) { return t[i] * (log_sum - x[i]); }));
  }
  *loss = static_cast<T>(sum * scale);
}

template <typename T>
void soft_cross_entropy_backward(std::int64_t rows, std::int64_t classes, const T* logits,
                                 const T* target, const T* mask, T factor, const T* log_sums,
                                 const T* upstream, T* dx, bool accumulate) {
  const T share = *upstream * factor;
  for (std::int64_t i = 0; i < rows * classes; ++i) {
    const std::int64_t r = i / classes;
    const T g = mask[r] == T(0) ? T(0) : share * (math::exp(logits[i] - log_sums[r]) - target[i]);
    dx[i] = accumulate ? dx[i] + g : g;
  }
}

#define SEQRL_INSTANTIATE(T)                                                                       \
  template void squared_error<T>(std::int64_t, std::int64_t, const T*, const T*, const T*, double, \
                                 T*);                                                              \
  template void squared_error_backward<T>(std::int64_t, std::int64_t, const T*, const T*,          \
                                          const T*, T, const T*, T*, bool);                        \
  template void cross_entropy<T>(std::int64_t, std::int64_t, const T*, const std::int32_t*,        \
                                 double, T*, T*);                                                  \
  template void cross_entropy_backward<T>(std::int64_t, std::int64_t, const T*,                    \
                                          const std::int32_t*, T, const T*, const T*, T*);         \
  template void soft_cross_entropy<T>(std::int64_t, std::int64_t, const T*, const T*, const T*,    \
                                      double, T*, T*);                                             \
  template void soft_cross_entropy_backward<T>(std::int64_t, std::int64_t, const T*, const T*,     \
                                               const T*, T, const T*, const T*, T*, bool);
SEQRL_INSTANTIATE(float)
SEQRL_INSTANTIATE(double)

}  // namespace seqrl::cpu
