#include "models/ops/cpu/selective_scan.h"

#include <algorithm>

#include "models/ops/cpu/math.h"
#include "models/ops/cpu/vector.h"

namespace seqrl::cpu {
namespace {

// Channels of a block. A block's states lie [state][kBlock], also where fewer channels are left.
constexpr std::int64_t kBlock = 64;

// What a token brings to a block: Δ and Δ·u.
template <typename T>
void discretize(std::int64_t count, const T* __restrict u, const T* __restrict dt,
                const T* __restrict dt_bias, T* __restrict delta, T* __restrict delta_u) {
  for (std::int64_t i = 0; i < count; ++i) {
    delta[i] = softplus(dt[i] + dt_bias[i]);
    delta_u[i] = delta[i] * u[i];
  }
}

// decay = exp(Δ A_n), after = decay · before + Δu B_n; `after` may be `before`.
template <typename T>
void advance(std::int64_t count, const T* __restrict delta, const T* __restrict delta_u,
             const T* __restrict a, T b, const T* before, T* after, T* __restrict decay) {
  for (std::int64_t i = 0; i < count; ++i) decay[i] = exp(delta[i] * a[i]);
  for (std::int64_t i = 0; i < count; ++i) after[i] = decay[i] * before[i] + delta_u[i] * b;
}

// Copies `state` rows of `count` channels between matrices with rows this far apart.
template <typename T>
void copy_rows(std::int64_t state, std::int64_t count, const T* from, std::int64_t from_stride,
               T* to, std::int64_t to_stride) {
  for (std::int64_t n = 0; n < state; ++n) {
    std::copy_n(from + n * from_stride, count, to + n * to_stride);
  }
}

// One sequence and one block of its channels; pointers stand at its first token and channel.
template <typename T>
void forward_block(SelectiveScanSize size, std::int64_t count, const SelectiveScanData<T>& in, T* h,
                   T* y, T* kept) {
  const std::int64_t inner = size.inner, state = size.state;
  T delta[kBlock], delta_u[kBlock], decay[kBlock], out[kBlock];
  for (std::int64_t t = 0; t < size.time; ++t) {
    if (kept && t % kScanChunk == 0) {
      copy_rows(state, count, h, kBlock, kept + t / kScanChunk * state * inner, inner);
    }
    const T* u = in.u + t * inner;
    discretize(count, u, in.dt + t * inner, in.dt_bias, delta, delta_u);
    for (std::int64_t i = 0; i < count; ++i) out[i] = in.d[i] * u[i];
    for (std::int64_t n = 0; n < state; ++n) {
      T* h_n = h + n * kBlock;
      advance(count, delta, delta_u, in.a + n * inner, in.b[t * state + n], h_n, h_n, decay);
      const T c = in.c[t * state + n];
      for (std::int64_t i = 0; i < count; ++i) out[i] += c * h_n[i];
    }
    std::copy_n(out, count, y + t * inner);
  }
}

// What the backward pass computes again for one chunk of a block.
template <typename T>
struct Chunk {
  T* states;  // [kScanChunk + 1][state][kBlock]: before the chunk, and after each token
  T* decays;  // [kScanChunk][state][kBlock]
  T* carry;   // [state][kBlock]: gradient of the state after the current token, from later ones
};

template <typename T>
Chunk<T> chunk_in(T* scratch, std::int64_t state) {
  const std::int64_t one = state * kBlock;
  return {scratch, scratch + (kScanChunk + 1) * one, scratch + (2 * kScanChunk + 1) * one};
}

// One token of backward_block. `chunk` is at this token: states[0] before it, states[1] after it.
template <typename T>
void backward_token(SelectiveScanSize size, std::int64_t count, const SelectiveScanData<T>& in,
                    std::int64_t t, const Chunk<T>& chunk, const T* dy_rows,
                    const SelectiveScanGradients<T>& gradients) {
  const std::int64_t inner = size.inner, state = size.state;
  const T *u = in.u + t * inner, *dt = in.dt + t * inner, *dy = dy_rows + t * inner;
  T delta[kBlock], delta_u[kBlock], to_delta[kBlock] = {}, to_delta_u[kBlock] = {}, g[kBlock];
  discretize(count, u, dt, in.dt_bias, delta, delta_u);
  for (std::int64_t n = 0; n < state; ++n) {
    const T *before = chunk.states + n * kBlock, *after = before + state * kBlock;
    const T *decay = chunk.decays + n * kBlock, *a = in.a + n * inner;
    T* __restrict carry = chunk.carry + n * kBlock, * __restrict da = gradients.a + n * inner;
    const T b = in.b[t * state + n], c = in.c[t * state + n];
    for (std::int64_t i = 0; i < count; ++i) {
      g[i] = dy[i] * c + carry[i];
      carry[i] = g[i] * decay[i];
      const T to_exponent = carry[i] * before[i];
      to_delta[i] += to_exponent * a[i];
      da[i] += to_exponent * delta[i];
      to_delta_u[i] += g[i] * b;
    }
    gradients.b[t * state + n] +=
        ordered_sum<T>(count, [&](std::int64_t i) { return g[i] * delta_u[i]; });
    gradients.c[t * state + n] +=
        ordered_sum<T>(count, [&](std::int64_t i) { return dy[i] * after[i]; });
  }
  T* __restrict du = gradients.u + t * inner, * __restrict ddt = gradients.dt + t * inner;
  for (std::int64_t i = 0; i < count; ++i) {
    du[i] += in.d[i] * dy[i] + to_delta_u[i] * delta[i];
    const T to_dt = (to_delta[i] + to_delta_u[i] * u[i]) * sigmoid(dt[i] + in.dt_bias[i]);
    ddt[i] += to_dt;
    gradients.dt_bias[i] += to_dt;
    gradients.d[i] += dy[i] * u[i];
  }
}

template <typename T>
void backward_block(SelectiveScanSize size, std::int64_t count, const SelectiveScanData<T>& in,
                    const T* kept, const T* dy, const Chunk<T>& chunk,
                    const SelectiveScanGradients<T>& gradients) {
  const std::int64_t inner = size.inner, state = size.state, one = state * kBlock;
  T delta[kBlock], delta_u[kBlock];
  std::fill_n(chunk.carry, one, T(0));
  for (std::int64_t index = scan_chunks(size.time) - 1; index >= 0; --index) {
    const std::int64_t begin = index * kScanChunk, end = std::min(size.time, begin + kScanChunk);
    copy_rows(state, count, kept + index * state * inner, inner, chunk.states, kBlock);
    for (std::int64_t t = begin; t < end; ++t) {
      discretize(count, in.u + t * inner, in.dt + t * inner, in.dt_bias, delta, delta_u);
      for (std::int64_t n = 0; n < state; ++n) {
        const std::int64_t at = (t - begin) * one + n * kBlock;
        advance(count, delta, delta_u, in.a + n * inner, in.b[t * state + n], chunk.states + at,
                chunk.states + at + one, chunk.decays + at);
      }
    }
    for (std::int64_t t = end - 1; t >= begin; --t) {
      const std::int64_t at = (t - begin) * one;
      backward_token(size, count, in, t, {chunk.states + at, chunk.decays + at, chunk.carry}, dy,
                     gradients);
    }
  }
}

// `all` moved to sequence b and channel i.
template <typename Pointers>
Pointers at(SelectiveScanSize size, const Pointers& all, std::int64_t b, std::int64_t i) {
  const std::int64_t row = b * size.time * size.inner + i, token = b * size.time * size.state;
  return {all.u + row,   all.dt + row,  all.dt_bias + i, all.a + i,
          all.b + token, all.c + token, all.d + i};
}

}  // namespace

std::int64_t selective_scan_scratch(SelectiveScanSize size) {
  return (2 * kScanChunk + 2) * size.state * kBlock;
}

template <typename T>
void selective_scan(SelectiveScanSize size, const SelectiveScanData<T>& in, const T* h0, T* y,
                    T* kept, T* final_state, T* scratch) {
  T* h = scratch;
  const std::int64_t one = size.state * size.inner;
  for (std::int64_t b = 0; b < size.batch; ++b) {
    for (std::int64_t i = 0; i < size.inner; i += kBlock) {
      const std::int64_t count = std::min(kBlock, size.inner - i);
      std::fill_n(h, size.state * kBlock, T(0));
      if (h0) copy_rows(size.state, count, h0 + b * one + i, size.inner, h, kBlock);
      forward_block(size, count, at(size, in, b, i), h, y + b * size.time * size.inner + i,
                    kept ? kept + b * scan_chunks(size.time) * one + i : nullptr);
      if (final_state) {
        copy_rows(size.state, count, h, kBlock, final_state + b * one + i, size.inner);
      }
    }
  }
}

template <typename T>
void selective_scan_backward(SelectiveScanSize size, const SelectiveScanData<T>& in, const T* kept,
                             const T* dy, T* scratch, const SelectiveScanGradients<T>& gradients) {
  const std::int64_t one = size.state * size.inner;
  const Chunk<T> chunk = chunk_in(scratch, size.state);
  for (std::int64_t b = 0; b < size.batch; ++b) {
    for (std::int64_t i = 0; i < size.inner; i += kBlock) {
      backward_block(size, std::min(kBlock, size.inner - i), at(size, in, b, i),
                     kept + b * scan_chunks(size.time) * one + i,
                     dy + b * size.time * size.inner + i, chunk, at(size, gradients, b, i));
    }
  }
}

#define SEQRL_INSTANTIATE(T)                                                                    \
  template void selective_scan<T>(SelectiveScanSize, const SelectiveScanData<T>&, const T*, T*, \
                                  T*, T*, T*);                                                  \
  template void selective_scan_backward<T>(SelectiveScanSize, const SelectiveScanData<T>&,      \
                                           const T*, const T*, T*,                              \
                                           const SelectiveScanGradients<T>&);
SEQRL_INSTANTIATE(float)
SEQRL_INSTANTIATE(double)

}  // namespace seqrl::cpu
