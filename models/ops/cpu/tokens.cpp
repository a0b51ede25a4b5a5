#include "models/ops/cpu/tokens.h"

#include <algorithm>

#include "models/ops/cpu/rearrange.h"
#include "models/ops/cpu/reduce.h"

namespace seqrl::cpu {

template <typename T>
void spread_rows(std::int64_t rows, std::int64_t dim, const T* from, std::int64_t stride,
                 std::int64_t offset, T* to, bool accumulate) {
  if (!accumulate) std::fill_n(to, rows * stride * dim, T(0));
  copy_rows<T>(rows, dim, from, dim, to + offset * dim, stride * dim, true);
}

template <typename T>
void gather_rows(std::int64_t rows, std::int64_t dim, const T* table, const std::int32_t* ids,
                 T* to) {
  for (std::int64_t r = 0; r < rows; ++r) to = std::copy_n(table + ids[r] * dim, dim, to);
}

template <typename T>
void scatter_rows(std::int64_t rows, std::int64_t dim, const T* from, const std::int32_t* ids,
                  T* table) {
  for (std::int64_t r = 0; r < rows; ++r, from += dim) {
    T* to = table + ids[r] * dim;
    for (std::int64_t i = 0; i < dim; ++i) to[i] += from[i];
  }
}

template <typename T>
void interleave(std::int64_t rows, std::int64_t dim, const Interleaved<T>& from, T* y) {
  for (int p = 0; p < from.count; ++p, y += dim) {
    copy_rows<T>(rows, dim, from.parts[p], dim, y, from.count * dim, false);
    if (from.shared) copy_rows<T>(rows, dim, from.shared, dim, y, from.count * dim, true);
  }
}

template <typename T>
void deinterleave(std::int64_t rows, std::int64_t dim, const T* dy, const InterleavedSinks<T>& to) {
  for (int p = 0; p < to.count; ++p) {
    if (!to.parts[p]) continue;
    copy_rows<T>(rows, dim, dy + p * dim, to.count * dim, to.parts[p], dim, to.accumulate[p]);
  }
  if (!to.shared) return;
  for (int p = 0; p < to.count; ++p) {
    copy_rows<T>(rows, dim, dy + p * dim, to.count * dim, to.shared, dim,
                 p > 0 || to.accumulate_shared);
  }
}

template <typename T>
void mean_token(std::int64_t batch, std::int64_t time, std::int64_t dim, const T* x,
                const std::int32_t* lengths, T* y) {
  for (std::int64_t b = 0; b < batch; ++b, y += dim) {
    sum_rows<T>(lengths[b], dim, x + b * time * dim, y, false);
    for (std::int64_t i = 0; i < dim; ++i) y[i] /= static_cast<T>(lengths[b]);
  }
}

template <typename T>
void mean_token_backward(std::int64_t batch, std::int64_t time, std::int64_t dim, const T* dy,
                         const std::int32_t* lengths, T* dx, bool accumulate) {
  if (!accumulate) std::fill_n(dx, batch * time * dim, T(0));
  for (std::int64_t b = 0; b < batch; ++b, dy += dim) {
    for (std::int64_t t = 0; t < lengths[b]; ++t) {
      T* to = dx + (b * time + t) * dim;
      for (std::int64_t i = 0; i < dim; ++i) to[i] += dy[i] / static_cast<T>(lengths[b]);
    }
  }
}

template <typename T>
void shift_window(std::int64_t batch, std::int64_t time, std::int64_t dim, std::int64_t tokens,
                  const T* x, T* window) {
  const std::int64_t fresh = std::min(tokens, time), stale = tokens - fresh;
  for (std::int64_t b = 0; b < batch; ++b, x += time * dim, window += tokens * dim) {
    std::copy_n(window + fresh * dim, stale * dim, window);  // forwards: they may overlap
    std::copy_n(x + (time - fresh) * dim, fresh * dim, window + stale * dim);
  }
}

template <typename T>
void compare_pairs(std::int64_t pairs, std::int64_t dim, const T* x, T* y) {
  for (std::int64_t p = 0; p < pairs; ++p) {
    const T *u = x + 2 * p * dim, *v = u + dim;
    T* out = y + 4 * p * dim;
    for (std::int64_t i = 0; i < dim; ++i) {
      out[i] = u[i];
      out[dim + i] = v[i];
      out[2 * dim + i] = u[i] * v[i];
      out[3 * dim + i] = u[i] - v[i];
    }
  }
}

template <typename T>
void compare_pairs_backward(std::int64_t pairs, std::int64_t dim, const T* x, const T* dy, T* dx,
                            bool accumulate) {
  if (!accumulate) std::fill_n(dx, 2 * pairs * dim, T(0));
  for (std::int64_t p = 0; p < pairs; ++p) {
    const T *u = x + 2 * p * dim, *v = u + dim, *d = dy + 4 * p * dim;
    T *du = dx + 2 * p * dim, *dv = du + dim;
    for (std::int64_t i = 0; i < dim; ++i) {
      const T product = d[2 * dim + i], difference = d[3 * dim + i];
      du[i] += d[i] + product * v[i] + difference;
      dv[i] += d[dim + i] + product * u[i] - difference;
    }
  }
}

#define SEQRL_INSTANTIATE(T)                                                                       \
  template void spread_rows<T>(std::int64_t, std::int64_t, const T*, std::int64_t, std::int64_t,   \
                               T*, bool);                                                          \
  template void gather_rows<T>(std::int64_t, std::int64_t, const T*, const std::int32_t*, T*);     \
  template void scatter_rows<T>(std::int64_t, std::int64_t, const T*, const std::int32_t*, T*);    \
  template void interleave<T>(std::int64_t, std::int64_t, const Interleaved<T>&, T*);              \
  template void deinterleave<T>(std::int64_t, std::int64_t, const T*, const InterleavedSinks<T>&); \
  template void mean_token<T>(std::int64_t, std::int64_t, std::int64_t, const T*,                  \
                              const std::int32_t*, T*);                                            \
  template void mean_token_backward<T>(std::int64_t, std::int64_t, std::int64_t, const T*,         \
                                       const std::int32_t*, T*, bool);                             \
  template void shift_window<T>(std::int64_t, std::int64_t, std::int64_t, std::int64_t, const T*,  \
                                T*);                                                               \
  template void compare_pairs<T>(std::int64_t, std::int64_t, const T*, T*);                        \
  template void compare_pairs_backward<T>(std::int64_t, std::int64_t, const T*, const T*, T*, bool);
SEQRL_INSTANTIATE(float)
SEQRL_INSTANTIATE(double)

}  // namespace seqrl::cpu
