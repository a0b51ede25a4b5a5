// The scans of the min cells on the CPU: a loop over tokens around loops over channels, which
// vectorise.
//
// forward_rows() and backward_rows() are the loops over tokens. A row function computes one token
// of all channels from the previous row: gates, then the recurrence, in one loop without branches.
// Backward goes from the last token to the first with a carry, the gradient of the state from later
// tokens. A row function adds it to the token's own gradient, recomputes the gates, writes their
// gradients, and multiplies the carry by the share of the state that was kept.
#include "models/ops/cpu/scan.h"

#include <algorithm>
#include <type_traits>

#include "models/ops/common/min_cells.h"

namespace seqrl::cpu {
namespace {

// Calls row(r, before, h_r) for every token's row r; `before` is the h that precedes it.
template <typename T, typename Row>
void forward_rows(ScanSize size, const T* h0, T* h, Row&& row) {
  for (std::int64_t b = 0; b < size.batch; ++b) {
    const T* before = h0 + b * size.h0_stride;
    for (std::int64_t r = b * size.time; r < (b + 1) * size.time; ++r) {
      row(r, before, h + r * size.dim);
      before = h + r * size.dim;
    }
  }
}

// Calls row(r, before) for the rows of each sequence, last first, with a carry that begins at zero
// and ends as the gradient of h0.
template <typename T, typename Row>
void backward_rows(ScanSize size, const T* h0, const T* h, T* carry, T* dh0, Row&& row) {
  for (std::int64_t b = 0; b < size.batch; ++b) {
    std::fill_n(carry, size.dim, T(0));
    for (std::int64_t t = size.time - 1; t >= 0; --t) {
      const std::int64_t r = b * size.time + t;
      row(r, t > 0 ? h + (r - 1) * size.dim : h0 + b * size.h0_stride);
    }
    if (!dh0) continue;
    T* to = dh0 + b * size.h0_stride;
    for (std::int64_t i = 0; i < size.dim; ++i) to[i] += carry[i];
  }
}

// The row functions. __restrict: a row of h never overlaps another row or tensor.
template <CandidateState state, typename T>
void gru_row(std::int64_t dim, const T* __restrict k, const T* __restrict v,
             const T* __restrict before, T* __restrict h) {
  for (std::int64_t i = 0; i < dim; ++i) {
    const T z = math::sigmoid(k[i]);
    h[i] = (T(1) - z) * before[i] + z * op::candidate<state>(v[i]);
  }
}

template <CandidateState state, bool accumulate, typename T>
void gru_row_backward(std::int64_t dim, const T* __restrict k, const T* __restrict v,
                      const T* __restrict before, const T* __restrict dh, T* __restrict carry,
                      T* __restrict dk, T* __restrict dv) {
  for (std::int64_t i = 0; i < dim; ++i) {
    const T z = math::sigmoid(k[i]), keep = T(1) - z, g = dh[i] + carry[i];
    const T to_k = g * (op::candidate<state>(v[i]) - before[i]) * z * keep;
    const T to_v = g * z * op::candidate_derivative<state>(v[i]);
    dk[i] = accumulate ? dk[i] + to_k : to_k;
    dv[i] = accumulate ? dv[i] + to_v : to_v;
    carry[i] = g * keep;
  }
}

template <CandidateState state, typename T>
void lstm_row(std::int64_t dim, const T* __restrict f, const T* __restrict in,
              const T* __restrict v, const T* __restrict before, T* __restrict h) {
  for (std::int64_t i = 0; i < dim; ++i) {
    const op::LstmGates<T> gates = op::lstm_gates(f[i], in[i]);
    h[i] = gates.keep * before[i] + gates.write * op::candidate<state>(v[i]);
  }
}

template <CandidateState state, bool accumulate, typename T>
void lstm_row_backward(std::int64_t dim, const T* __restrict f, const T* __restrict in,
                       const T* __restrict v, const T* __restrict before, const T* __restrict dh,
                       T* __restrict carry, T* __restrict df, T* __restrict din, T* __restrict dv) {
  // f/(f + i) = σ(d) with d = log f − log i:  ∂d/∂k_f = 1 − f,  ∂d/∂k_i = −(1 − i).
  for (std::int64_t i = 0; i < dim; ++i) {
    const op::LstmGates<T> gates = op::lstm_gates(f[i], in[i]);
    const T g = dh[i] + carry[i];
    const T to_d = g * (before[i] - op::candidate<state>(v[i])) * gates.keep * gates.write;
    const T to_f = to_d * gates.not_f, to_i = -to_d * gates.not_i;
    const T to_v = g * gates.write * op::candidate_derivative<state>(v[i]);
    df[i] = accumulate ? df[i] + to_f : to_f;
    din[i] = accumulate ? din[i] + to_i : to_i;
    dv[i] = accumulate ? dv[i] + to_v : to_v;
    carry[i] = g * gates.keep;
  }
}

// Calls f with the state, and whether to accumulate, as compile-time constants for its loops.
template <typename F>
void with_constant(CandidateState state, F&& f) {
  if (state == CandidateState::positive) {
    f(std::integral_constant<CandidateState, CandidateState::positive>{});
  } else {
    f(std::integral_constant<CandidateState, CandidateState::signed_>{});
  }
}
template <typename F>
void with_constant(bool accumulate, F&& f) {
  if (accumulate) {
    f(std::true_type{});
  } else {
    f(std::false_type{});
  }
}

}  // namespace

template <typename T>
void linear_recurrence(ScanSize size, const T* a, const T* b, const T* h0, T* h) {
  const std::int64_t dim = size.dim;
  forward_rows(size, h0, h, [=](std::int64_t r, const T* __restrict before, T* __restrict now) {
    const T *a_r = a + r * dim, *b_r = b + r * dim;
    for (std::int64_t i = 0; i < dim; ++i) now[i] = a_r[i] * before[i] + b_r[i];
  });
}

template <typename T>
void linear_recurrence_backward(ScanSize size, const T* a, const T* h0, const T* h, const T* dh,
                                T* carry, Sink<T> da, Sink<T> db, T* dh0) {
  const std::int64_t dim = size.dim;
  backward_rows(size, h0, h, carry, dh0, [=](std::int64_t r, const T* before) {
    const T *a_r = a + r * dim, *dh_r = dh + r * dim;
    for (std::int64_t i = 0; i < dim; ++i) carry[i] += dh_r[i];
    if (da.data) {
      T* to = da.data + r * dim;
      for (std::int64_t i = 0; i < dim; ++i) {
        to[i] = (da.accumulate ? to[i] : T(0)) + carry[i] * before[i];
      }
    }
    if (db.data) {
      T* to = db.data + r * dim;
      for (std::int64_t i = 0; i < dim; ++i) to[i] = (db.accumulate ? to[i] : T(0)) + carry[i];
    }
    for (std::int64_t i = 0; i < dim; ++i) carry[i] *= a_r[i];
  });
}

template <typename T>
void min_gru_scan(ScanSize size, CandidateState state, const T* gates, const T* h0, T* h) {
  const std::int64_t dim = size.dim;
  with_constant(state, [=](auto constant) {
    forward_rows(size, h0, h, [=](std::int64_t r, const T* before, T* now) {
      const T* k = gates + r * 2 * dim;
      gru_row<constant()>(dim, k, k + dim, before, now);
    });
  });
}

template <typename T>
void min_gru_scan_backward(ScanSize size, CandidateState state, const T* gates, const T* h0,
                           const T* h, const T* dh, T* carry, Sink<T> dgates, T* dh0) {
  const std::int64_t dim = size.dim;
  with_constant(state, [=](auto constant) {
    with_constant(dgates.accumulate, [=](auto accumulate) {
      backward_rows(size, h0, h, carry, dh0, [=](std::int64_t r, const T* before) {
        const T* k = gates + r * 2 * dim;
        T* dk = dgates.data + r * 2 * dim;
        gru_row_backward<constant(), accumulate()>(dim, k, k + dim, before, dh + r * dim, carry, dk,
                                                   dk + dim);
      });
    });
  });
}

template <typename T>
void min_lstm_scan(ScanSize size, CandidateState state, const T* gates, const T* h0, T* h) {
  const std::int64_t dim = size.dim;
  with_constant(state, [=](auto constant) {
    forward_rows(size, h0, h, [=](std::int64_t r, const T* before, T* now) {
      const T* f = gates + r * 3 * dim;
      lstm_row<constant()>(dim, f, f + dim, f + 2 * dim, before, now);
    });
  });
}

template <typename T>
void min_lstm_scan_backward(ScanSize size, CandidateState state, const T* gates, const T* h0,
                            const T* h, const T* dh, T* carry, Sink<T> dgates, T* dh0) {
  const std::int64_t dim = size.dim;
  with_constant(state, [=](auto constant) {
    with_constant(dgates.accumulate, [=](auto accumulate) {
      backward_rows(size, h0, h, carry, dh0, [=](std::int64_t r, const T* before) {
        const T* f = gates + r * 3 * dim;
        T* df = dgates.data + r * 3 * dim;
        lstm_row_backward<constant(), accumulate()>(
            dim, f, f + dim, f + 2 * dim, before, dh + r * dim, carry, df, df + dim, df + 2 * dim);
      });
    });
  });
}

#define SEQRL_INSTANTIATE(T)                                                                      \
  template void linear_recurrence<T>(ScanSize, const T*, const T*, const T*, T*);                 \
  template void linear_recurrence_backward<T>(ScanSize, const T*, const T*, const T*, const T*,   \
                                              T*, Sink<T>, Sink<T>, T*);                          \
  template void min_gru_scan<T>(ScanSize, CandidateState, const T*, const T*, T*);                \
  template void min_gru_scan_backward<T>(ScanSize, CandidateState, const T*, const T*, const T*,  \
                                         const T*, T*, Sink<T>, T*);                              \
  template void min_lstm_scan<T>(ScanSize, CandidateState, const T*, const T*, T*);               \
  template void min_lstm_scan_backward<T>(ScanSize, CandidateState, const T*, const T*, const T*, \
                                          const T*, T*, Sink<T>, T*);
SEQRL_INSTANTIATE(float)
SEQRL_INSTANTIATE(double)

}  // namespace seqrl::cpu
