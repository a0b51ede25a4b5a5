// The arithmetic of one component of a squashed Gaussian (models/ops/gaussian.h).
#pragma once

#include <numbers>

#include "models/ops/common/math.h"

namespace seqrl::op {

template <typename T>
SEQRL_EVERYWHERE T clipped_log_std(T log_std) {
  const T below = log_std > T(2) ? T(2) : log_std;
  return below < T(-20) ? T(-20) : below;
}

// The sampled component, and its term of the log probability of the whole action.
template <typename T>
struct SquashedNumber {
  T action, log_probability;
};

template <typename T>
SEQRL_EVERYWHERE SquashedNumber<T> squash(T mean, T given_log_std, T noise) {
  constexpr T half_log_two_pi = T(0.91893853320467274178), log_two = std::numbers::ln2_v<T>;
  const T log_std = clipped_log_std(given_log_std);
  const T u = mean + math::exp(log_std) * noise;
  return {math::tanh(u), T(-0.5) * noise * noise - log_std - half_log_two_pi -
                             T(2) * (log_two - u - math::softplus(T(-2) * u))};
}

template <typename T>
struct SquashedGradient {
  T mean, log_std;
};

// The gradients from those of the sampled component and of the log probability.
template <typename T>
SEQRL_EVERYWHERE SquashedGradient<T> squash_backward(T given_log_std, T noise, T action, T d_action,
                                                     T d_log_probability) {
  // d action / du = 1 − action²;  d log_probability / du = 2 · action.
  const T du = d_action * (T(1) - action * action) + d_log_probability * T(2) * action;
  const T log_std = clipped_log_std(given_log_std);
  if (log_std != given_log_std) return {du, T(0)};  // clipped: no effect
  return {du, du * math::exp(log_std) * noise - d_log_probability};
}

}  // namespace seqrl::op
