// Mamba's selective scan: h ← exp(Δ A) h + Δ B u and y = C·h + D u for every channel.
//
// A thread processes one channel of one sequence through time, with 16 components of its state in
// registers. More components take further passes over time, whose outputs are added. B and C are
// the same for all channels: each lane of a warp loads one of a token's 16 + 16 numbers, and the
// others read it from shared memory.
//
// Forward keeps the state before every 8th token. Backward goes from the last chunk of 8 tokens to
// the first: it recomputes the states within the chunk in shared memory, and then processes its
// tokens in reverse with the gradient of the state in registers. Gradients of Δ and u belong to one
// thread. Those of B and C are sums over channels: over a warp by shuffles, and over a block's two
// warps in shared memory. Their sums over blocks and sequences are left to the caller, in
// SelectiveParts.
#include "models/ops/cuda/selective_scan.h"

#include <cmath>
#include <numbers>

#include "models/ops/common/math.h"
#include "models/ops/cuda/streams.cuh"

namespace seqrl::cuda {
namespace {

constexpr int kState = 16;  // components at a time: usually all of Mamba's
constexpr int kBlock = static_cast<int>(kSelectiveChannels);
constexpr int kChunk = static_cast<int>(kSelectiveChunk);
static_assert(2 * kState == kWarp);  // a warp's lanes read a token's B and C

// A thread's place: channel i of sequence b. Threads beyond the last channel keep running, because
// they load for others and take part in sums over warps; they compute zeros.
struct Place {
  Size b, group, i;
  bool active;

  __device__ explicit Place(const SelectiveScanSize& size) {
    const Size groups = divide_up(size.inner, kBlock);
    b = blockIdx.x / groups;
    group = blockIdx.x % groups;
    i = group * kBlock + threadIdx.x;
    active = i < size.inner;
  }
};

// A thread's inputs per token: its channel's of (…, inner), and the lane's component of B or C,
// which the other lanes read from it.
enum { kU, kDt, kComponent, kDy };

template <typename Streams, typename T>
__device__ void read_channel(Streams& streams, int n, const SelectiveScanSize& size,
                             const Place& at, const T* from, Size first, Size stride, int begin,
                             int end) {
  streams.set(n, from + (at.b * size.time + first) * size.inner + at.i, stride * size.inner, begin,
              at.active ? end : begin);
}
// `n0`: the first of the current components.
template <typename Streams, typename T>
__device__ void read_components(Streams& streams, const SelectiveScanSize& size, const Place& at,
                                const SelectiveInputs<T>& in, Size n0, Size first, Size stride,
                                int begin, int end) {
  const Size n = n0 + lane() % kState;
  streams.set(kComponent,
              (lane() < kState ? in.b : in.c) + (at.b * size.time + first) * size.state + n,
              stride * size.state, begin, n < size.state ? end : begin);
}

// The components of B or, from kState on, of C.
template <typename T>
__device__ void take_components(const T* warp, T (&values)[kState]) {
#pragma unroll
  for (int k = 0; k < kState; k += 4) {
    const auto four = read<4>(warp + k);
#pragma unroll
    for (int n = 0; n < 4; ++n) values[k + n] = four.of[n];
  }
}

// A token's input to the state of one channel.
template <typename T>
struct Token {
  T u, dt, delta;  // dt with its bias, Δ

  template <typename Streams>
  __device__ Token(const Streams& streams, int k, T bias)
      : u(*streams.at(k, kU)), dt(*streams.at(k, kDt) + bias), delta(math::softplus(dt)) {}
};

// log₂ e · A of the components; zero beyond the last. B and C are zero there too, so these states
// stay zero. A state decays by 2 to the power of Δ times this rate.
template <typename T>
__device__ void take_rates(const SelectiveScanSize& size, const T* a_log, const Place& at, Size n0,
                           T (&rates)[kState]) {
#pragma unroll
  for (int k = 0; k < kState; ++k) {
    rates[k] = at.active && n0 + k < size.state
                   ? -math::exp(a_log[at.i * size.state + n0 + k]) * std::numbers::log2e_v<T>
                   : T(0);
  }
}

constexpr int kStates = kChunk * kState * kBlock;  // of a chunk's tokens, in shared memory
template <typename T>
using ForwardStreams = Streams<T, 3>;
template <typename T>
using BackwardStreams = Streams<T, 4, kChunk, 3>;

template <typename T>
__global__ void scan(SelectiveScanSize size, SelectiveInputs<T> in, const T* h0, T* y, T* kept,
                     T* final_state) {
  const Place at(size);
  const Size chunks = divide_up(size.time, kChunk), one = size.state * size.inner;
  const int time = static_cast<int>(size.time);
  const T bias = at.active ? in.dt_bias[at.i] : T(0), skip = at.active ? in.d[at.i] : T(0);
  // 16 components at a time: their rates and first states, then all tokens.
  for (Size n0 = 0; n0 < size.state; n0 += kState) {
    const auto holds = [&](int k) { return at.active && n0 + k < size.state; };
    T rates[kState], h[kState];
    take_rates(size, in.a_log, at, n0, rates);
#pragma unroll
    for (int k = 0; k < kState; ++k) {
      h[k] = h0 && holds(k) ? h0[at.b * one + (n0 + k) * size.inner + at.i] : T(0);
    }
    ForwardStreams<T> streams(shared_memory<T>());
    read_channel(streams, kU, size, at, in.u, 0, 1, 0, time);
    read_channel(streams, kDt, size, at, in.dt, 0, 1, 0, time);
    read_components(streams, size, at, in, n0, 0, 1, 0, time);
    streams.walk_groups(time, [&](int first) {
      __syncwarp();  // the other lanes' components have arrived
      for (int t = first; t < first + 4 && t < time; ++t) {
        if (kept && t % kChunk == 0) {  // for backward
          T* to = kept + (at.b * chunks + t / kChunk) * one + n0 * size.inner + at.i;
#pragma unroll
          for (int k = 0; k < kState; ++k) {
            if (holds(k)) to[k * size.inner] = h[k];
          }
        }
        // One step of the recurrence, and the components' term of y.
        const Token<T> token(streams, t, bias);
        const T* warp = streams.at(t, kComponent) - lane();
        T b[kState], c[kState], sum = 0;
        take_components(warp, b);
        take_components(warp + kState, c);
#pragma unroll
        for (int k = 0; k < kState; ++k) {
          h[k] = std::exp2(token.delta * rates[k]) * h[k] + token.delta * token.u * b[k];
          sum += c[k] * h[k];
        }
        if (!at.active) continue;
        T& out = y[(at.b * size.time + t) * size.inner + at.i];
        out = sum + (n0 == 0 ? skip * token.u : out);
      }
      __syncwarp();  // before they are overwritten
    });
    if (!final_state) continue;
#pragma unroll
    for (int k = 0; k < kState; ++k) {
      if (holds(k)) final_state[at.b * one + (n0 + k) * size.inner + at.i] = h[k];
    }
  }
}

// Sums 32 values over a warp; lane l receives the sum of value l. Each value moves once, to the
// lane that continues its sum: 31 shuffles instead of 160.
template <int kHalf = kWarp / 2, typename T>
__device__ T sum_by_lane(T (&values)[kWarp]) {
  const bool upper = (lane() & kHalf) != 0;
#pragma unroll
  for (int k = 0; k < kHalf; ++k) {
    const T give = upper ? values[k] : values[k + kHalf];
    const T keep = upper ? values[k + kHalf] : values[k];
    values[k] = keep + __shfl_xor_sync(~0u, give, kHalf);
  }
  if constexpr (kHalf > 1) return sum_by_lane<kHalf / 2>(values);
  return values[0];
}

template <typename T>
__global__ void scan_backward(SelectiveScanSize size, SelectiveInputs<T> in, const T* kept,
                              const T* dy, Sink<T> du, Sink<T> ddt, SelectiveParts<T> parts) {
  const Place at(size);
  const Size chunks = divide_up(size.time, kChunk), one = size.state * size.inner;
  // Tokens run from last to first, in whole chunks: token t is value all − 1 − t.
  const int time = static_cast<int>(size.time), all = static_cast<int>(chunks) * kChunk;
  const T bias = at.active ? in.dt_bias[at.i] : T(0), skip = at.active ? in.d[at.i] : T(0);
  // The states before each token of a chunk: [token][component][thread].
  T* before = shared_memory<T>() + BackwardStreams<T>::elements(kBlock) + threadIdx.x;
  const auto state = [before](int token, int k) -> T& {
    return before[(token * kState + k) * kBlock];
  };
  // The warps' sums of a chunk, [warp][token][lane].
  T* sums = shared_memory<T>() + BackwardStreams<T>::elements(kBlock) + kStates;
  const int warp_sums = static_cast<int>(threadIdx.x) / kWarp * kChunk * kWarp;
  T dbias = 0, dd = 0;
  // 16 components at a time, chunks from the last to the first; streams also run backwards.
  for (Size n0 = 0; n0 < size.state; n0 += kState) {
    T rates[kState], carry[kState] = {}, da[kState] = {};
    take_rates(size, in.a_log, at, n0, rates);
    BackwardStreams<T> streams(shared_memory<T>());
    read_channel(streams, kU, size, at, in.u, all - 1, -1, all - time, all);
    read_channel(streams, kDt, size, at, in.dt, all - 1, -1, all - time, all);
    read_channel(streams, kDy, size, at, dy, all - 1, -1, all - time, all);
    read_components(streams, size, at, in, n0, all - 1, -1, all - time, all);
    streams.walk_groups(all, [&](int first) {
      const int begin = all - kChunk - first, last = first + kChunk - 1;  // tokens; token 0's value
      const int length = time - begin < kChunk ? time - begin : kChunk;
      const T* from = kept + (at.b * chunks + begin / kChunk) * one + n0 * size.inner + at.i;
      // Recomputes the chunk's states from the one that was kept.
#pragma unroll
      for (int k = 0; k < kState; ++k) {
        state(0, k) = at.active && n0 + k < size.state ? from[k * size.inner] : T(0);
      }
      __syncwarp();
      for (int s = 0; s + 1 < length; ++s) {
        const Token<T> token(streams, last - s, bias);
        T b[kState];
        take_components(streams.at(last - s, kComponent) - lane(), b);
#pragma unroll
        for (int k = 0; k < kState; ++k) {
          state(s + 1, k) =
              std::exp2(token.delta * rates[k]) * state(s, k) + token.delta * token.u * b[k];
        }
      }
      // The gradients of the chunk's tokens, from the last to the first.
      for (int s = length - 1; s >= 0; --s) {
        const Token<T> token(streams, last - s, bias);
        const T* warp = streams.at(last - s, kComponent) - lane();
        const T upstream = *streams.at(last - s, kDy), delta_u = token.delta * token.u;
        T b[kState], c[kState], to_rates = 0, to_delta_u = 0;
        take_components(warp, b);
        take_components(warp + kState, c);
        T shares[2 * kState];  // of dB, then of dC
#pragma unroll
        for (int k = 0; k < kState; ++k) {
          const T decay = std::exp2(token.delta * rates[k]), h = state(s, k);
          const T g = upstream * c[k] + carry[k];
          carry[k] = g * decay;
          to_rates += carry[k] * h * rates[k];
          da[k] += carry[k] * h * token.delta;
          to_delta_u += g * b[k];
          shares[k] = g * delta_u;
          shares[kState + k] = upstream * (decay * h + delta_u * b[k]);
        }
        sums[warp_sums + s * kWarp + lane()] = sum_by_lane(shares);
        if (!at.active) continue;
        const T to_delta = to_rates * std::numbers::ln2_v<T> + to_delta_u * token.u;
        const T slope = to_delta * math::sigmoid(token.dt);
        const Size x = (at.b * size.time + begin + s) * size.inner + at.i;
        put(du.data[x], to_delta_u * token.delta + (n0 == 0 ? skip * upstream : T(0)),
            du.accumulate || n0 > 0);
        put(ddt.data[x], slope, ddt.accumulate || n0 > 0);
        dbias += slope;
        if (n0 == 0) dd += upstream * token.u;
      }
      __syncthreads();
      // The block's sums of dB and dC over its warps.
      for (int s = static_cast<int>(threadIdx.x) / kWarp; s < length; s += kBlock / kWarp) {
        T sum = 0;
        for (int w = 0; w < kBlock / kWarp; ++w) sum += sums[(w * kChunk + s) * kWarp + lane()];
        const Size n = n0 + lane() % kState, row = at.b * size.time + begin + s;
        if (n >= size.state) continue;
        T* to = lane() < kState ? parts.b : parts.c;
        to[(at.group * size.batch * size.time + row) * size.state + n] = sum;
      }
      __syncthreads();  // before they, and the tokens' inputs, are overwritten
    });
    // The sequence's gradient of a_log, from that of A.
    if (!at.active) continue;
#pragma unroll
    for (int k = 0; k < kState; ++k) {
      if (n0 + k < size.state) {
        parts.a_log[(at.b * size.inner + at.i) * size.state + n0 + k] =
            da[k] * rates[k] * std::numbers::ln2_v<T>;
      }
    }
  }
  if (!at.active) return;
  parts.dt_bias[at.b * size.inner + at.i] = dbias;
  parts.d[at.b * size.inner + at.i] = dd;
}

}  // namespace

void install_selective_scan() {
  const auto install = []<typename T>(T) {
    selective_scan<T> = [](SelectiveScanSize size, SelectiveInputs<T> in, const T* h0, T* y,
                           T* kept, T* final_state) {
      launch(scan<T>, size.batch * blocks_for(size.inner, kBlock), kBlock,
             ForwardStreams<T>::elements(kBlock) * sizeof(T), size, in, h0, y, kept, final_state);
    };
    selective_scan_backward<T> = [](SelectiveScanSize size, SelectiveInputs<T> in, const T* kept,
                                    const T* dy, Sink<T> du, Sink<T> ddt, SelectiveParts<T> parts) {
      constexpr std::size_t shared =
          BackwardStreams<T>::elements(kBlock) + kStates + kBlock * kChunk;
      launch(scan_backward<T>, size.batch * blocks_for(size.inner, kBlock), kBlock,
             shared * sizeof(T), size, in, kept, dy, du, ddt, parts);
    };
  };
  SEQRL_INSTALL(install);
}

}  // namespace seqrl::cuda
