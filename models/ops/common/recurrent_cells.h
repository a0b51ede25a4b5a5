// The arithmetic of one unit of GRU and LSTM (models/ops/recurrent.h), with u = W·h + b. Inlined,
// so that loops over it vectorise.
#pragma once

#include "models/ops/common/math.h"

namespace seqrl::op {

// The values of the gates r and z, and of the candidate n.
template <typename T>
struct GruGates {
  T r, z, n;
};

template <typename T>
SEQRL_EVERYWHERE [[gnu::always_inline]] inline GruGates<T> gru_gates(T x_r, T x_z, T x_n, T u_r,
                                                                     T u_z, T u_n) {
  const T r = math::sigmoid(x_r + u_r), z = math::sigmoid(x_z + u_z);
  return {r, z, math::tanh(x_n + r * u_n)};
}

template <typename T>
SEQRL_EVERYWHERE [[gnu::always_inline]] inline T gru_state(const GruGates<T>& gates, T h_before) {
  return gates.n + gates.z * (h_before - gates.n);
}

// The gradients of the inputs x, where r and z are also those of u_r and u_z; of u_n; and the part
// of h's gradient that flows directly to the previous token.
template <typename T>
struct GruGradient {
  T r, z, n, u_n, carry;
};

// From the gradient d of h, with u_n from forward.
template <typename T>
SEQRL_EVERYWHERE [[gnu::always_inline]] inline GruGradient<T> gru_backward(const GruGates<T>& gates,
                                                                           T u_n, T h_before, T d) {
  const auto [r, z, n] = gates;
  const T dn = d * (T(1) - z) * (T(1) - n * n);
  return {dn * u_n * r * (T(1) - r), d * (h_before - n) * z * (T(1) - z), dn, dn * r, d * z};
}

template <typename T>
struct LstmGateValues {
  T i, f, g, o;
};

template <typename T>
SEQRL_EVERYWHERE [[gnu::always_inline]] inline LstmGateValues<T> lstm_gate_values(T x_i, T x_f,
                                                                                  T x_g, T x_o,
                                                                                  T u_i, T u_f,
                                                                                  T u_g, T u_o) {
  return {math::sigmoid(x_i + u_i), math::sigmoid(x_f + u_f), math::tanh(x_g + u_g),
          math::sigmoid(x_o + u_o)};
}

// The cell c; the state is o · tanh(c).
template <typename T>
SEQRL_EVERYWHERE [[gnu::always_inline]] inline T lstm_cell(const LstmGateValues<T>& gates,
                                                           T c_before) {
  return gates.f * c_before + gates.i * gates.g;
}

// The gradients of the inputs x, which are also those of u, and of the previous cell.
template <typename T>
struct LstmGradient {
  T i, f, g, o, c_before;
};

// From the gradient d of h and the gradient dc of the cell from later tokens.
template <typename T>
SEQRL_EVERYWHERE [[gnu::always_inline]] inline LstmGradient<T> lstm_backward(
    const LstmGateValues<T>& gates, T c, T c_before, T d, T dc) {
  const auto [i, f, g, o] = gates;
  const T s = math::tanh(c), e = dc + d * o * (T(1) - s * s);
  return {e * g * i * (T(1) - i), e * c_before * f * (T(1) - f), e * i * (T(1) - g * g),
          d * s * o * (T(1) - o), e * f};
}

}  // namespace seqrl::op
