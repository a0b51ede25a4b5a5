#include "models/ops/cpu/recurrent.h"

#include <algorithm>

#include "models/ops/common/recurrent_cells.h"
#include "models/ops/cpu/gemm.h"

namespace seqrl::cpu {
namespace {

// One token of one sequence, n units. `x` are its inputs; `u` is W·h + b.
struct Gru {
  static constexpr std::int64_t kGates = 3;
  static constexpr bool kCarries = true;  // a part of dh reaches the previous token directly

  template <typename T>
  static void forward(std::int64_t n, const T* __restrict x, const T* __restrict u,
                      const T* __restrict h_before, const T* /*c_before*/, T* __restrict gates,
                      T* __restrict candidate, T* __restrict h) {
    for (std::int64_t i = 0; i < n; ++i) {
      const op::GruGates<T> now =
          op::gru_gates(x[i], x[n + i], x[2 * n + i], u[i], u[n + i], u[2 * n + i]);
      gates[i] = now.r, gates[n + i] = now.z, gates[2 * n + i] = now.n;
      candidate[i] = u[2 * n + i];
      h[i] = op::gru_state(now, h_before[i]);
    }
  }

  template <typename T>
  static void backward(std::int64_t n, T* __restrict gates, const T* __restrict candidate,
                       const T* __restrict h_before, const T* /*c_before*/, const T* __restrict dh,
                       T* __restrict carry, T* /*dc*/, T* __restrict dx) {
    for (std::int64_t i = 0; i < n; ++i) {
      const op::GruGates<T> now{gates[i], gates[n + i], gates[2 * n + i]};
      const auto d = op::gru_backward(now, candidate[i], h_before[i], dh[i] + carry[i]);
      gates[i] = d.r, gates[n + i] = d.z, gates[2 * n + i] = d.u_n;
      dx[i] = d.r, dx[n + i] = d.z, dx[2 * n + i] = d.n;
      carry[i] = d.carry;
    }
  }
};

struct Lstm {
  static constexpr std::int64_t kGates = 4;
  static constexpr bool kCarries = false;

  template <typename T>
  static void forward(std::int64_t n, const T* __restrict x, const T* __restrict u,
                      const T* /*h_before*/, const T* __restrict c_before, T* __restrict gates,
                      T* __restrict cell, T* __restrict h) {
    for (std::int64_t j = 0; j < n; ++j) {
      const op::LstmGateValues<T> now = op::lstm_gate_values(
          x[j], x[n + j], x[2 * n + j], x[3 * n + j], u[j], u[n + j], u[2 * n + j], u[3 * n + j]);
      const T c = op::lstm_cell(now, c_before[j]);
      gates[j] = now.i, gates[n + j] = now.f, gates[2 * n + j] = now.g, gates[3 * n + j] = now.o;
      cell[j] = c;
      h[j] = now.o * math::tanh(c);
    }
  }

  template <typename T>
  static void backward(std::int64_t n, T* __restrict gates, const T* __restrict cell,
                       const T* /*h_before*/, const T* __restrict c_before, const T* __restrict dh,
                       const T* __restrict carry, T* __restrict dc, T* __restrict dx) {
    for (std::int64_t j = 0; j < n; ++j) {
      const op::LstmGateValues<T> now{gates[j], gates[n + j], gates[2 * n + j], gates[3 * n + j]};
      const auto d = op::lstm_backward(now, cell[j], c_before[j], dh[j] + carry[j], dc[j]);
      dx[j] = d.i, dx[n + j] = d.f, dx[2 * n + j] = d.g, dx[3 * n + j] = d.o;
      dc[j] = d.c_before;
    }
    std::copy_n(dx, 4 * n, gates);  // x and W·h + b add up: one gradient
  }
};

// Sequence b's vector before token t, from an array (batch, time, hidden) that began at `start`.
template <typename T>
const T* before(const Recurrence<T>& pass, const T* all, const T* start, std::int64_t b,
                std::int64_t t) {
  return t == 0 ? start + b * pass.hidden : all + (b * pass.time + t - 1) * pass.hidden;
}

template <typename Cell, typename T>
void forward(const Recurrence<T>& pass, const T* weights, const T* bias, T* scratch) {
  const std::int64_t hidden = pass.hidden, width = Cell::kGates * hidden;
  // The product reads contiguous rows. Those of pass.h are `time` tokens apart, which would map a
  // whole batch to a few sets of the cache.
  T *u = scratch, *h = scratch + pass.batch * width;
  for (std::int64_t t = 0; t < pass.time; ++t) {
    for (std::int64_t b = 0; b < pass.batch; ++b) {
      std::copy_n(before<T>(pass, pass.h, pass.h0, b, t), hidden, h + b * hidden);
    }
    gemm_packed(pass.batch, width, hidden, row_major<T>(h, hidden), weights, u, width, Start::bias,
                bias);
    for (std::int64_t b = 0; b < pass.batch; ++b) {
      const std::int64_t token = b * pass.time + t;
      Cell::template forward<T>(
          hidden, pass.inputs + token * width, u + b * width,
          before<T>(pass, pass.h, pass.h0, b, t), before<T>(pass, pass.memory, pass.c0, b, t),
          pass.gates + token * width, pass.memory + token * hidden, pass.h + token * hidden);
    }
  }
}

template <typename Cell, typename T>
void backward(const Recurrence<T>& pass, const T* weights, const T* dh, T* dinputs, T* scratch) {
  const std::int64_t hidden = pass.hidden, width = Cell::kGates * hidden;
  T *carry = scratch, *dc = scratch + pass.batch * hidden, *du = dc + pass.batch * hidden;
  std::fill_n(scratch, 2 * pass.batch * hidden, T(0));
  for (std::int64_t t = pass.time - 1; t >= 0; --t) {
    for (std::int64_t b = 0; b < pass.batch; ++b) {
      const std::int64_t token = b * pass.time + t;
      Cell::template backward<T>(hidden, pass.gates + token * width, pass.memory + token * hidden,
                                 before<T>(pass, pass.h, pass.h0, b, t),
                                 before<T>(pass, pass.memory, pass.c0, b, t), dh + token * hidden,
                                 carry + b * hidden, dc + b * hidden, dinputs + token * width);
      std::copy_n(pass.gates + token * width, width, du + b * width);  // as in forward
    }
    if (t == 0) break;  // nothing flows into the state
    gemm_packed(pass.batch, hidden, width, row_major<T>(du, width), weights, carry, hidden,
                Cell::kCarries ? Start::accumulate : Start::zero);
  }
}

}  // namespace

template <typename T>
void recurrent(RecurrentCell cell, const Recurrence<T>& pass, const T* weights, const T* bias,
               T* scratch) {
  return cell == RecurrentCell::gru ? forward<Gru>(pass, weights, bias, scratch)
                                    : forward<Lstm>(pass, weights, bias, scratch);
}

template <typename T>
void recurrent_backward(RecurrentCell cell, const Recurrence<T>& pass, const T* weights,
                        const T* dh, T* dinputs, T* scratch) {
  return cell == RecurrentCell::gru ? backward<Gru>(pass, weights, dh, dinputs, scratch)
                                    : backward<Lstm>(pass, weights, dh, dinputs, scratch);
}

template <typename T>
void states_before(const Recurrence<T>& pass, T* before) {
  for (std::int64_t b = 0; b < pass.batch && pass.time > 0; ++b) {
    before = std::copy_n(pass.h0 + b * pass.hidden, pass.hidden, before);
    before =
        std::copy_n(pass.h + b * pass.time * pass.hidden, (pass.time - 1) * pass.hidden, before);
  }
}

#define SEQRL_INSTANTIATE(T)                                                                       \
  template void recurrent<T>(RecurrentCell, const Recurrence<T>&, const T*, const T*, T*);         \
  template void recurrent_backward<T>(RecurrentCell, const Recurrence<T>&, const T*, const T*, T*, \
                                      T*);                                                         \
  template void states_before<T>(const Recurrence<T>&, T*);
SEQRL_INSTANTIATE(float)
SEQRL_INSTANTIATE(double)

}  // namespace seqrl::cpu
