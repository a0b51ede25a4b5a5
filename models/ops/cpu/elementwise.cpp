#include "models/ops/cpu/elementwise.h"

#include "models/ops/common/math.h"
#include "models/ops/cpu/dropout.h"

namespace seqrl::cpu {
namespace {

// Writes or adds f(i) to y[i] for i in [0, n).
template <typename T, typename F>
void put(std::int64_t n, T* y, bool accumulate, F f) {
  if (accumulate) {
    for (std::int64_t i = 0; i < n; ++i) y[i] += f(i);
  } else {
    for (std::int64_t i = 0; i < n; ++i) y[i] = f(i);
  }
}

}  // namespace

template <typename T>
void assign(std::int64_t n, const T* x, T* y, bool accumulate) {
  put(n, y, accumulate, [=](std::int64_t i) { return x[i]; });
}

template <typename T>
void add(std::int64_t n, const T* a, const T* b, T* y) {
  for (std::int64_t i = 0; i < n; ++i) y[i] = a[i] + b[i];
}

template <typename T>
void multiply(std::int64_t n, const T* a, const T* b, T* y, bool accumulate) {
  put(n, y, accumulate, [=](std::int64_t i) { return a[i] * b[i]; });
}

template <typename T>
void gate_silu(std::int64_t n, const T* a, const T* gate, T* y, bool accumulate) {
  put(n, y, accumulate, [=](std::int64_t i) { return a[i] * math::silu(gate[i]); });
}

template <typename T>
void gate_silu_backward(std::int64_t n, const T* dy, const T* a, const T* gate, T* dgate,
                        bool accumulate) {
  put(n, dgate, accumulate,
      [=](std::int64_t i) { return dy[i] * a[i] * math::silu_with_slope(gate[i]).slope; });
}

template <typename T>
void dropout(DropoutRule rule, std::int64_t n, const T* residual, const T* x, T* y) {
  for_each_dropout_scale<T>(rule, n, [=](std::int64_t first, std::int64_t count, const T* scale) {
    if (residual) {
      for (std::int64_t i = 0; i < count; ++i) {
        y[first + i] = residual[first + i] + x[first + i] * scale[i];
      }
    } else {
      for (std::int64_t i = 0; i < count; ++i) y[first + i] = x[first + i] * scale[i];
    }
  });
}

template <typename T>
void dropout_backward(DropoutRule rule, std::int64_t n, const T* dy, T* dx, bool accumulate,
                      T* dresidual, bool accumulate_residual) {
  if (dresidual) assign(n, dy, dresidual, accumulate_residual);
  if (!dx) return;
  // The mask that forward drew.
  for_each_dropout_scale<T>(rule, n, [=](std::int64_t first, std::int64_t count, const T* scale) {
    for (std::int64_t i = first; i < first + count; ++i) {
      dx[i] = (accumulate ? dx[i] : T(0)) + dy[i] * scale[i - first];
    }
  });
}

#define SEQRL_INSTANTIATE(T)                                                                 \
  template void assign<T>(std::int64_t, const T*, T*, bool);                                 \
  template void add<T>(std::int64_t, const T*, const T*, T*);                                \
  template void multiply<T>(std::int64_t, const T*, const T*, T*, bool);                     \
  template void gate_silu<T>(std::int64_t, const T*, const T*, T*, bool);                    \
  template void gate_silu_backward<T>(std::int64_t, const T*, const T*, const T*, T*, bool); \
  template void dropout<T>(DropoutRule, std::int64_t, const T*, const T*, T*);               \
  template void dropout_backward<T>(DropoutRule, std::int64_t, const T*, T*, bool, T*, bool);
SEQRL_INSTANTIATE(float)
SEQRL_INSTANTIATE(double)

}  // namespace seqrl::cpu
