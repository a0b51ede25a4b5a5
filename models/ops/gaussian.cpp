#include "models/ops/gaussian.h"

#include <algorithm>
#include <numbers>

#include "models/ops/cpu/math.h"
#include "models/ops/cuda/kernel.h"
#include "models/ops/op.h"

namespace seqrl {
namespace {

constexpr double kLowestLogStd = -20, kHighestLogStd = 2;

template <typename T>
T clipped(T log_std) {
  return std::clamp(log_std, T(kLowestLogStd), T(kHighestLogStd));
}

}  // namespace

SquashedSample squashed_gaussian(const Tensor& parameters, const Tensor& noise) {
  constexpr const char* kOp = "squashed_gaussian";
  SEQRL_REQUIRE(parameters.shape().rank() == 2 && parameters.dim(1) % 2 == 0,
                "{}: parameters has shape {}, expected (rows, 2 * dim)", kOp,
                parameters.shape().text());
  const std::int64_t rows = parameters.dim(0), dim = parameters.dim(1) / 2;
  op::require_shape(kOp, "noise", noise, {rows, dim});
  op::require_dtype(kOp, "noise", noise, parameters.dtype());

  Tape& tape = op::tape_of({parameters});
  op::require_cpu(kOp, tape);
  const Tensor action = tape.output({rows, dim}, parameters.dtype());
  const Tensor log_probability = tape.output({rows}, parameters.dtype());
  dispatch(parameters.dtype(), [&]<typename T>(T) {
    constexpr T half_log_two_pi = T(0.91893853320467274178), log_two = std::numbers::ln2_v<T>;
    for (std::int64_t r = 0; r < rows; ++r) {
      const T *mean = parameters.data<T>() + r * 2 * dim, *log_stds = mean + dim;
      const T* epsilon = noise.data<T>() + r * dim;
      T* squashed = action.data<T>() + r * dim;
      T sum = 0;
      for (std::int64_t i = 0; i < dim; ++i) {
        const T log_std = clipped(log_stds[i]);
        const T u = mean[i] + cpu::exp(log_std) * epsilon[i];
        squashed[i] = cpu::tanh(u);
        sum += T(-0.5) * epsilon[i] * epsilon[i] - log_std - half_log_two_pi -
               T(2) * (log_two - u - cpu::softplus(T(-2) * u));
      }
      log_probability.data<T>()[r] = sum;
    }
  });
  if (op::differentiates(tape, {parameters})) {
    tape.record([=, &tape] {
      const Tensor d_action = tape.gradient(action), d_log = tape.gradient(log_probability);
      dispatch(parameters.dtype(), [&]<typename T>(T) {
        T* d = op::added_sink<T>(tape, parameters);
        for (std::int64_t r = 0; r < rows; ++r, d += 2 * dim) {
          const T* log_stds = parameters.data<T>() + r * 2 * dim + dim;
          const T upstream = d_log.data<T>()[r];
          for (std::int64_t i = 0; i < dim; ++i) {
            const std::int64_t at = r * dim + i;
            const T y = action.data<T>()[at];
            // d action / du = 1 − y²;  d log_probability / du = 2y.
            const T du = d_action.data<T>()[at] * (T(1) - y * y) + upstream * T(2) * y;
            d[i] += du;
            const T log_std = clipped(log_stds[i]);
            if (log_std != log_stds[i]) continue;  // clipped: it moves nothing
            d[dim + i] += du * cpu::exp(log_std) * noise.data<T>()[at] - upstream;
          }
        }
      });
    });
  }
  return {action, log_probability};
}

}  // namespace seqrl
