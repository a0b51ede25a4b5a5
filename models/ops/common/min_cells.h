// One step of the min cells, element by element.
#pragma once

#include "models/ops/common/math.h"
#include "models/ops/common/scan.h"

namespace seqrl::op {

template <CandidateState state, typename T>
SEQRL_EVERYWHERE T candidate(T v) {
  const T below = math::sigmoid(v);
  return state == CandidateState::signed_ ? v : v >= 0 ? v + T(0.5) : below;
}
template <CandidateState state, typename T>
SEQRL_EVERYWHERE T candidate_derivative(T v) {
  const T s = math::sigmoid(v);
  return state == CandidateState::signed_ || v >= 0 ? T(1) : s * (T(1) - s);
}

// The normalised gates of minLSTM, f/(f + i) and i/(f + i), and the values for their gradients.
template <typename T>
struct LstmGates {
  T keep, write;   // f/(f + i), i/(f + i)
  T not_f, not_i;  // 1 − f, 1 − i
};

// With A = e^−k_f and B = e^−k_i:  f/(f + i) = (1 + B)/(2 + A + B)  and  1 − f = A/(1 + A). To
// avoid overflow, 1, A and B are divided by the largest of them, which takes two exponentials.
// Inlined and branch-free, so that loops over it vectorise.
template <typename T>
SEQRL_EVERYWHERE [[gnu::always_inline]] inline LstmGates<T> lstm_gates(T k_f, T k_i) {
  const T low = k_f < k_i ? k_f : k_i, high = k_f < k_i ? k_i : k_f;
  const T shift = low < 0 ? low : T(0);  // −log of the largest
  const T e = math::exp(low < 0 ? low : -low);
  const T one = low < 0 ? e : T(1), of_low = low < 0 ? T(1) : e, of_high = math::exp(shift - high);
  const T a = k_f < k_i ? of_low : of_high, b = k_f < k_i ? of_high : of_low;
  const T scale = math::quotient(T(1), one + one + a + b);
  return {(one + b) * scale, (one + a) * scale, math::quotient(a, one + a),
          math::quotient(b, one + b)};
}

}  // namespace seqrl::op
