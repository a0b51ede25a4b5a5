#include "models/ops/cuda/selective_scan.h"

#include "models/ops/cpu/math.h"
#include "models/ops/cuda/install.h"
#include "models/ops/cuda/reduce.cuh"

namespace seqrl::cuda {
namespace {

constexpr int kState = 16;  // components at a time: all of Mamba's, as a rule
constexpr int kBlock = static_cast<int>(kSelectiveChannels);
constexpr int kChunk = static_cast<int>(kSelectiveChunk);

// A thread's place: channel i of sequence b. Threads beyond the last channel stay, for they take
// part in sums over warps.
struct Place {
  Size b, i, warp;
  bool active;
};
__device__ Place place_of(SelectiveScanSize size) {
  const Size groups = (size.inner + kBlock - 1) / kBlock;
  const Size group = blockIdx.x % groups, i = group * kBlock + threadIdx.x;
  return {blockIdx.x / groups, i, group * (kBlock / kWarp) + threadIdx.x / kWarp, i < size.inner};
}

// One token of one channel.
template <typename T>
struct Token {
  T u, dt, delta;  // dt with its bias, Δ

  __device__ Token(SelectiveScanSize size, const SelectiveInputs<T>& in, const Place& at, Size t) {
    const Size x = (at.b * size.time + t) * size.inner + at.i;
    u = at.active ? in.u[x] : T(0);
    dt = at.active ? in.dt[x] + in.dt_bias[at.i] : T(0);
    delta = cpu::softplus(dt);
  }
};

// A of component n; zero beyond the last, whose B and C are zero too: such states stay zero.
template <typename T>
__device__ T rate(SelectiveScanSize size, const SelectiveInputs<T>& in, const Place& at, Size n) {
  return at.active && n < size.state ? -cpu::exp(in.a_log[at.i * size.state + n]) : T(0);
}
template <typename T>
__device__ T component(SelectiveScanSize size, const T* of, const Place& at, Size t, Size n) {
  return n < size.state ? of[(at.b * size.time + t) * size.state + n] : T(0);
}

template <typename T>
__global__ void scan(SelectiveScanSize size, SelectiveInputs<T> in, const T* h0, T* y, T* kept,
                     T* final_state) {
  const Place at = place_of(size);
  if (!at.active) return;
  const Size chunks = (size.time + kChunk - 1) / kChunk, one = size.state * size.inner;
  for (Size first = 0; first < size.state; first += kState) {
    T a[kState], h[kState];
#pragma unroll
    for (int k = 0; k < kState; ++k) {
      const Size n = first + k;
      a[k] = rate(size, in, at, n);
      h[k] = h0 && n < size.state ? h0[at.b * one + n * size.inner + at.i] : T(0);
    }
    for (Size t = 0; t < size.time; ++t) {
      if (kept && t % kChunk == 0) {
        T* to = kept + (at.b * chunks + t / kChunk) * one + at.i;
#pragma unroll
        for (int k = 0; k < kState; ++k) {
          if (first + k < size.state) to[(first + k) * size.inner] = h[k];
        }
      }
      const Token<T> token(size, in, at, t);
      T& out = y[(at.b * size.time + t) * size.inner + at.i];
      T sum = first == 0 ? in.d[at.i] * token.u : out;
#pragma unroll
      for (int k = 0; k < kState; ++k) {
        const T b = component(size, in.b, at, t, first + k);
        h[k] = cpu::exp(token.delta * a[k]) * h[k] + token.delta * token.u * b;
        sum += component(size, in.c, at, t, first + k) * h[k];
      }
      out = sum;
    }
    if (!final_state) continue;
#pragma unroll
    for (int k = 0; k < kState; ++k) {
      if (first + k < size.state) {
        final_state[at.b * one + (first + k) * size.inner + at.i] = h[k];
      }
    }
  }
}

// Sums 32 values over a warp; lane l receives the sum of value l. A value changes hands once, to
// whoever keeps on adding it: 31 shuffles instead of 160.
template <typename T>
__device__ T sum_by_lane(T (&values)[kWarp]) {
  const int lane = static_cast<int>(threadIdx.x) % kWarp;
#pragma unroll
  for (int half = kWarp / 2; half > 0; half /= 2) {
    const bool upper = (lane & half) != 0;
#pragma unroll
    for (int k = 0; k < half; ++k) {
      const T give = upper ? values[k] : values[k + half];
      const T keep = upper ? values[k + half] : values[k];
      values[k] = keep + __shfl_xor_sync(~0u, give, half);
    }
  }
  return values[0];
}

// What the sums over warps and sequences are made of, in scratch.
template <typename T>
struct Parts {
  T *b, *c;            // (warps, batch, time, state)
  T *a, *dt_bias, *d;  // (batch, inner, state), (batch, inner), (batch, inner)

  Parts(SelectiveScanSize size, T* scratch) {
    const Size tokens = selective_warps(size.inner) * size.batch * size.time * size.state;
    b = scratch, c = b + tokens;
    a = c + tokens;
    dt_bias = a + size.batch * size.inner * size.state;
    d = dt_bias + size.batch * size.inner;
  }
};

template <typename T>
__global__ void scan_backward(SelectiveScanSize size, SelectiveInputs<T> in, const T* kept,
                              const T* dy, Parts<T> parts, T* du, T* ddt) {
  const Place at = place_of(size);
  const Size chunks = (size.time + kChunk - 1) / kChunk, one = size.state * size.inner;
  // The states before each token of a chunk: [token][component][thread].
  T* before = shared_memory<T>() + threadIdx.x;
  const auto state = [before](int token, int k) -> T& {
    return before[(token * kState + k) * kBlock];
  };
  T dbias = 0, dd = 0;
  for (Size first = 0; first < size.state; first += kState) {
    T a[kState], carry[kState], da[kState];
#pragma unroll
    for (int k = 0; k < kState; ++k) {
      a[k] = rate(size, in, at, first + k);
      carry[k] = 0, da[k] = 0;
    }
    for (Size chunk = chunks - 1; chunk >= 0; --chunk) {
      const Size begin = chunk * kChunk;
      const int length = static_cast<int>(size.time - begin < kChunk ? size.time - begin : kChunk);
      const T* from = kept + (at.b * chunks + chunk) * one + at.i;
#pragma unroll
      for (int k = 0; k < kState; ++k) {
        state(0, k) = at.active && first + k < size.state ? from[(first + k) * size.inner] : T(0);
      }
      for (int s = 0; s + 1 < length; ++s) {
        const Token<T> token(size, in, at, begin + s);
#pragma unroll
        for (int k = 0; k < kState; ++k) {
          state(s + 1, k) = cpu::exp(token.delta * a[k]) * state(s, k) +
                            token.delta * token.u * component(size, in.b, at, begin + s, first + k);
        }
      }
      for (int s = length - 1; s >= 0; --s) {
        const Size t = begin + s, x = (at.b * size.time + t) * size.inner + at.i;
        const Token<T> token(size, in, at, t);
        const T upstream = at.active ? dy[x] : T(0), delta_u = token.delta * token.u;
        T to_delta = 0, to_delta_u = 0;
        T shares[2 * kState];  // of dB, then of dC
#pragma unroll
        for (int k = 0; k < kState; ++k) {
          const T b = component(size, in.b, at, t, first + k);
          const T c = component(size, in.c, at, t, first + k);
          const T decay = cpu::exp(token.delta * a[k]), h = state(s, k);
          const T g = upstream * c + carry[k];
          carry[k] = g * decay;
          to_delta += carry[k] * h * a[k];
          da[k] += carry[k] * h * token.delta;
          to_delta_u += g * b;
          shares[k] = g * delta_u;
          shares[kState + k] = upstream * (decay * h + delta_u * b);
        }
        const T sum = sum_by_lane(shares);
        const int lane = static_cast<int>(threadIdx.x) % kWarp;
        const Size n = first + lane % kState;
        if (n < size.state) {
          T* to = lane < kState ? parts.b : parts.c;
          to[((at.warp * size.batch + at.b) * size.time + t) * size.state + n] = sum;
        }
        if (!at.active) continue;
        const T slope = (to_delta + to_delta_u * token.u) * cpu::sigmoid(token.dt);
        du[x] += to_delta_u * token.delta + (first == 0 ? in.d[at.i] * upstream : T(0));
        ddt[x] += slope;
        dbias += slope;
        if (first == 0) dd += upstream * token.u;
      }
    }
    if (!at.active) continue;
#pragma unroll
    for (int k = 0; k < kState; ++k) {
      if (first + k < size.state) {
        parts.a[(at.b * size.inner + at.i) * size.state + first + k] = da[k] * a[k];
      }
    }
  }
  if (!at.active) return;
  parts.dt_bias[at.b * size.inner + at.i] = dbias;
  parts.d[at.b * size.inner + at.i] = dd;
}

template <typename T>
void backward(SelectiveScanSize size, SelectiveInputs<T> in, const T* kept, const T* dy, T* scratch,
              SelectiveGradients<T> to) {
  const Parts<T> parts(size, scratch);
  const Size groups = blocks_for(size.inner, kBlock);
  launch(scan_backward<T>, size.batch * groups, kBlock, kChunk * kState * kBlock * sizeof(T), size,
         in, kept, dy, parts, to.u, to.dt);
  const auto sum = [](Size count, Size columns, const T* part, T* out) {
    launch(add_up<T>, blocks_for(columns), kThreads, 0, count, columns, part, out, true);
  };
  const Size warps = selective_warps(size.inner), tokens = size.batch * size.time * size.state;
  sum(warps, tokens, parts.b, to.b);
  sum(warps, tokens, parts.c, to.c);
  sum(size.batch, size.inner * size.state, parts.a, to.a_log);
  sum(size.batch, size.inner, parts.dt_bias, to.dt_bias);
  sum(size.batch, size.inner, parts.d, to.d);
}

}  // namespace

void install_selective_scan() {
  const auto install = []<typename T>(T) {
    selective_scan<T> = [](SelectiveScanSize size, SelectiveInputs<T> in, const T* h0, T* y,
                           T* kept, T* final_state) {
      launch(scan<T>, size.batch * blocks_for(size.inner, kBlock), kBlock, 0, size, in, h0, y, kept,
             final_state);
    };
    selective_scan_backward<T> = backward<T>;
  };
  SEQRL_INSTALL(install);
}

}  // namespace seqrl::cuda
