// Mamba's selective scan on the CPU: h ← exp(Δ A) h + Δ B u and y = C·h + D u, in blocks of 64
// channels.
//
// A block processes all tokens of a sequence before the next sequence begins, so that its states,
// (state, 64), stay in the L1 cache; every loop over channels has this one length and vectorises.
// Forward keeps the states before every 16th token. Backward processes the chunks of 16 tokens from
// the last to the first: it recomputes a chunk's states, with their decays exp(Δ A), and then goes
// through the tokens in reverse with a carry, the gradient of the state from later tokens.
// Gradients of B and C are sums over channels, in a fixed order. Those of A, dt_bias and D are sums
// over tokens, kept for the block and added at its end.
#include "models/ops/cpu/selective_scan.h"

#include <algorithm>

#include "models/ops/common/math.h"
#include "models/ops/cpu/vector.h"

namespace seqrl::cpu {
namespace {

// Channels per block. The last block is padded with zeros: loops of one fixed length save more than
// the padded lanes cost.
constexpr std::int64_t kBlock = 64;

// Operations on a component of a token's state: its decay, one step with its term of y, the step
// alone, and the gradients.
constexpr std::uint64_t kDecayFlops = 23, kStepFlops = 5, kStepAgainFlops = 3, kBackwardFlops = 14;

thread_local std::uint64_t flops = 0;

std::uint64_t states_of(SelectiveScanSize size) {
  return static_cast<std::uint64_t>(size.batch * size.time * size.inner * size.state);
}

// A whole block is copied without a function call.
template <typename T>
void load_block(std::int64_t count, const T* from, T* to) {
  if (count == kBlock) return void(std::copy_n(from, kBlock, to));
  std::copy_n(from, count, to);
  std::fill_n(to + count, kBlock - count, T(0));
}
template <typename T>
void store_block(std::int64_t count, const T* from, T* to) {
  if (count == kBlock) return void(std::copy_n(from, kBlock, to));
  std::copy_n(from, count, to);
}

// Copies between an op's matrices (state, inner), at some channel, and those (state, kBlock) here.
template <typename T>
void load_rows(SelectiveScanSize size, std::int64_t count, const T* from, T* to) {
  for (std::int64_t n = 0; n < size.state; ++n) {
    load_block(count, from + n * size.inner, to + n * kBlock);
  }
}
template <typename T>
void store_rows(SelectiveScanSize size, std::int64_t count, const T* from, T* to) {
  for (std::int64_t n = 0; n < size.state; ++n) {
    store_block(count, from + n * kBlock, to + n * size.inner);
  }
}

// One token's channels of a block.
template <typename T>
struct Token {
  T u[kBlock], dt[kBlock];           // dt with its bias
  T delta[kBlock], delta_u[kBlock];  // Δ and Δ·u

  void load(std::int64_t count, const T* from_u, const T* from_dt, const T* bias) {
    load_block(count, from_u, u);
    load_block(count, from_dt, dt);
    for (std::int64_t i = 0; i < kBlock; ++i) {
      dt[i] += bias[i];
      delta[i] = math::softplus(dt[i]);
      delta_u[i] = delta[i] * u[i];
    }
  }
};

constexpr std::int64_t kTokenRows = sizeof(Token<float>) / (kBlock * sizeof(float));

// h ← exp(Δ a) h + Δu b and out += c h, for one of the state's components.
template <typename T>
void step(const Token<T>& token, const T* __restrict a, T b, T c, T* __restrict h,
          T* __restrict out) {
  for (std::int64_t i = 0; i < kBlock; ++i) {
    h[i] = math::exp(token.delta[i] * a[i]) * h[i] + token.delta_u[i] * b;
    out[i] += c * h[i];
  }
}

// The same, keeping what the backward pass needs: decay = exp(Δ a).
template <typename T>
void step_again(const Token<T>& token, const T* __restrict a, T b, const T* __restrict before,
                T* __restrict after, T* __restrict decay) {
  for (std::int64_t i = 0; i < kBlock; ++i) {
    decay[i] = math::exp(token.delta[i] * a[i]);
    after[i] = decay[i] * before[i] + token.delta_u[i] * b;
  }
}

// The backward pass's workspace for one block; matrices are [state][kBlock].
template <typename T>
struct Workspace {
  T* states;                 // a chunk's: [kScanChunk + 1], before its first token and after each
  T* decays;                 // [kScanChunk]
  T* carry;                  // gradient of the state after the current token, from later ones
  T *a, *da;                 // the block of A and the sum of its gradients
  T *bias, *dbias, *d, *dd;  // [kBlock]
  T *sums_b, *sums_c;        // [state][kPackLanes]: of one token's gradients of B and C
  Token<T>* tokens;          // [kScanChunk]

  Workspace(T* scratch, std::int64_t state) {
    const auto take = [&](std::int64_t count) {
      T* taken = scratch;
      scratch += count * kBlock;
      return taken;
    };
    states = take((kScanChunk + 1) * state);
    decays = take(kScanChunk * state);
    carry = take(state);
    a = take(state), da = take(state);
    bias = take(1), dbias = take(1), d = take(1), dd = take(1);
    sums_b = take(state), sums_c = sums_b + state * kPackLanes;
    tokens = reinterpret_cast<Token<T>*>(take(kScanChunk * kTokenRows));
  }
};

// The components of one token: computes each one's gradients from dy and the carry. `before` and
// `decay` are [state][kBlock]; the states after the token follow those before it.
template <typename T>
void backward_components(std::int64_t state, const Token<T>& token, const T* dy_row, const T* b,
                         const T* c, const T* before, const T* decay, const Workspace<T>& work,
                         T* to_delta, T* to_delta_u, T* db, T* dc) {
  std::fill_n(work.sums_b, state * kPackLanes, T(0));
  std::fill_n(work.sums_c, state * kPackLanes, T(0));
  for (std::int64_t i = 0; i < kBlock; i += kPackLanes) {
    const Pack<T> dy = load_pack(dy_row + i), delta = load_pack(token.delta + i);
    const Pack<T> delta_u = load_pack(token.delta_u + i);
    Pack<T> sum_delta = {}, sum_delta_u = {};
    for (std::int64_t n = 0; n < state; ++n) {
      const std::int64_t at = n * kBlock + i;
      const Pack<T> g = dy * c[n] + load_pack(work.carry + at);
      const Pack<T> carry = g * load_pack(decay + at);
      const Pack<T> to_exponent = carry * load_pack(before + at);
      store(work.carry + at, carry);
      store(work.da + at, load_pack(work.da + at) + to_exponent * delta);
      sum_delta = sum_delta + to_exponent * load_pack(work.a + at);
      sum_delta_u = sum_delta_u + g * b[n];
      T *sum_b = work.sums_b + n * kPackLanes, *sum_c = work.sums_c + n * kPackLanes;
      store(sum_b, load_pack(sum_b) + g * delta_u);
      store(sum_c, load_pack(sum_c) + dy * load_pack(before + state * kBlock + at));
    }
    store(to_delta + i, sum_delta);
    store(to_delta_u + i, sum_delta_u);
  }
  for (std::int64_t n = 0; n < state; ++n) {
    db[n] += pairwise_sum(load_pack(work.sums_b + n * kPackLanes));
    dc[n] += pairwise_sum(load_pack(work.sums_c + n * kPackLanes));
  }
}

// Token t, number k of its chunk, of the sequence at the pointers.
template <typename T>
void backward_token(SelectiveScanSize size, std::int64_t count, const SelectiveScanData<T>& in,
                    std::int64_t t, std::int64_t k, const T* dy_rows, const Workspace<T>& work,
                    const SelectiveScanGradients<T>& gradients) {
  const std::int64_t inner = size.inner, state = size.state;
  const Token<T>& token = work.tokens[k];
  T dy[kBlock], to_delta[kBlock], to_delta_u[kBlock];
  load_block(count, dy_rows + t * inner, dy);
  const std::int64_t at = k * state * kBlock, row = t * state;
  backward_components(state, token, dy, in.b + row, in.c + row, work.states + at, work.decays + at,
                      work, to_delta, to_delta_u, gradients.b + row, gradients.c + row);
  // The token's own gradients: through Δ = softplus(dt + bias), and D.
  T du[kBlock], ddt[kBlock];
  for (std::int64_t i = 0; i < kBlock; ++i) {
    du[i] = work.d[i] * dy[i] + to_delta_u[i] * token.delta[i];
    ddt[i] = (to_delta[i] + to_delta_u[i] * token.u[i]) * math::sigmoid(token.dt[i]);
    work.dbias[i] += ddt[i];
    work.dd[i] += dy[i] * token.u[i];
  }
  for (std::int64_t i = 0; i < count; ++i) gradients.u[t * inner + i] += du[i];
  for (std::int64_t i = 0; i < count; ++i) gradients.dt[t * inner + i] += ddt[i];
}

// The sequence at the pointers.
template <typename T>
void backward_sequence(SelectiveScanSize size, std::int64_t count, const SelectiveScanData<T>& in,
                       const T* kept, const T* dy, const Workspace<T>& work,
                       const SelectiveScanGradients<T>& gradients) {
  const std::int64_t inner = size.inner, state = size.state;
  std::fill_n(work.carry, state * kBlock, T(0));
  for (std::int64_t chunk = scan_chunks(size.time) - 1; chunk >= 0; --chunk) {
    const std::int64_t begin = chunk * kScanChunk, end = std::min(size.time, begin + kScanChunk);
    // Recomputes the chunk's states from the one that was kept.
    load_rows(size, count, kept + chunk * state * inner, work.states);
    for (std::int64_t t = begin; t < end; ++t) {
      Token<T>& token = work.tokens[t - begin];
      token.load(count, in.u + t * inner, in.dt + t * inner, work.bias);
      for (std::int64_t n = 0; n < state; ++n) {
        const std::int64_t at = ((t - begin) * state + n) * kBlock;
        step_again(token, work.a + n * kBlock, in.b[t * state + n], work.states + at,
                   work.states + at + state * kBlock, work.decays + at);
      }
    }
    // The gradients of the chunk's tokens, from the last to the first.
    for (std::int64_t t = end - 1; t >= begin; --t) {
      backward_token(size, count, in, t, t - begin, dy, work, gradients);
    }
  }
}

// `all`, advanced to sequence b and channel i.
template <typename Pointers>
Pointers at(SelectiveScanSize size, const Pointers& all, std::int64_t b, std::int64_t i) {
  const std::int64_t row = b * size.time * size.inner + i, token = b * size.time * size.state;
  return {all.u + row,   all.dt + row,  all.dt_bias + i, all.a + i,
          all.b + token, all.c + token, all.d + i};
}

// The forward pass of one sequence and block, from the state h.
template <typename T>
void forward_sequence(SelectiveScanSize size, std::int64_t count, const SelectiveScanData<T>& in,
                      const T* a, T* h, T* y, T* kept) {
  const std::int64_t inner = size.inner, state = size.state;
  Token<T> token;
  T bias[kBlock], d[kBlock], out[kBlock];
  load_block(count, in.dt_bias, bias);
  load_block(count, in.d, d);
  for (std::int64_t t = 0; t < size.time; ++t) {
    if (kept && t % kScanChunk == 0) {
      store_rows(size, count, h, kept + t / kScanChunk * state * inner);
    }
    token.load(count, in.u + t * inner, in.dt + t * inner, bias);
    for (std::int64_t i = 0; i < kBlock; ++i) out[i] = d[i] * token.u[i];
    for (std::int64_t n = 0; n < state; ++n) {
      step(token, a + n * kBlock, in.b[t * state + n], in.c[t * state + n], h + n * kBlock, out);
    }
    store_block(count, out, y + t * inner);
  }
}

}  // namespace

std::int64_t selective_scan_scratch(SelectiveScanSize size) {
  return ((2 * kScanChunk + 5) * size.state + 4 + kScanChunk * kTokenRows) * kBlock;
}

template <typename T>
void selective_scan_rates(SelectiveScanSize size, const T* a_log, T* a) {
  for (std::int64_t i = 0; i < size.inner; ++i) {
    for (std::int64_t n = 0; n < size.state; ++n) {
      a[n * size.inner + i] = -math::exp(a_log[i * size.state + n]);
    }
  }
}

template <typename T>
void selective_scan_add_rates(SelectiveScanSize size, const T* a, const T* da, T* da_log) {
  for (std::int64_t i = 0; i < size.inner; ++i) {
    for (std::int64_t n = 0; n < size.state; ++n) {
      da_log[i * size.state + n] += da[n * size.inner + i] * a[n * size.inner + i];
    }
  }
}

template <typename T>
void selective_scan(SelectiveScanSize size, const SelectiveScanData<T>& in, const T* h0, T* y,
                    T* kept, T* final_state, T* scratch) {
  flops += states_of(size) * (kDecayFlops + kStepFlops);
  const std::int64_t one = size.state * size.inner;
  T *a = scratch, *h = scratch + size.state * kBlock;
  for (std::int64_t i = 0; i < size.inner; i += kBlock) {
    const std::int64_t count = std::min(kBlock, size.inner - i);
    load_rows(size, count, in.a + i, a);
    for (std::int64_t b = 0; b < size.batch; ++b) {
      if (h0) {
        load_rows(size, count, h0 + b * one + i, h);
      } else {
        std::fill_n(h, size.state * kBlock, T(0));
      }
      forward_sequence(size, count, at(size, in, b, i), a, h, y + b * size.time * size.inner + i,
                       kept ? kept + b * scan_chunks(size.time) * one + i : nullptr);
      if (final_state) store_rows(size, count, h, final_state + b * one + i);
    }
  }
}

template <typename T>
void selective_scan_backward(SelectiveScanSize size, const SelectiveScanData<T>& in, const T* kept,
                             const T* dy, T* scratch, const SelectiveScanGradients<T>& gradients) {
  flops += states_of(size) * (kDecayFlops + kStepAgainFlops + kBackwardFlops);
  const std::int64_t one = size.state * size.inner;
  const Workspace<T> work(scratch, size.state);
  for (std::int64_t i = 0; i < size.inner; i += kBlock) {
    // Loads the block's parameters, and zeros for their gradients.
    const std::int64_t count = std::min(kBlock, size.inner - i);
    load_rows(size, count, in.a + i, work.a);
    load_block(count, in.dt_bias + i, work.bias);
    load_block(count, in.d + i, work.d);
    std::fill_n(work.da, size.state * kBlock, T(0));
    std::fill_n(work.dbias, kBlock, T(0));
    std::fill_n(work.dd, kBlock, T(0));
    for (std::int64_t b = 0; b < size.batch; ++b) {
      backward_sequence(size, count, at(size, in, b, i),
                        kept + b * scan_chunks(size.time) * one + i,
                        dy + b * size.time * size.inner + i, work, at(size, gradients, b, i));
    }
    // Adds the parameters' gradients, summed over all sequences.
    for (std::int64_t n = 0; n < size.state; ++n) {
      T* da = gradients.a + n * size.inner + i;
      for (std::int64_t j = 0; j < count; ++j) da[j] += work.da[n * kBlock + j];
    }
    for (std::int64_t j = 0; j < count; ++j) gradients.dt_bias[i + j] += work.dbias[j];
    for (std::int64_t j = 0; j < count; ++j) gradients.d[i + j] += work.dd[j];
  }
}

std::uint64_t selective_scan_flops() {
  return flops;
}

#define SEQRL_INSTANTIATE(T)                                                                    \
  template void selective_scan_rates<T>(SelectiveScanSize, const T*, T*);                       \
  template void selective_scan_add_rates<T>(SelectiveScanSize, const T*, const T*, T*);         \
  template void selective_scan<T>(SelectiveScanSize, const SelectiveScanData<T>&, const T*, T*, \
                                  T*, T*, T*);                                                  \
  template void selective_scan_backward<T>(SelectiveScanSize, const SelectiveScanData<T>&,      \
                                           const T*, const T*, T*,                              \
                                           const SelectiveScanGradients<T>&);
SEQRL_INSTANTIATE(float)
SEQRL_INSTANTIATE(double)

}  // namespace seqrl::cpu
