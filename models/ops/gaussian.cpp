#include "models/ops/gaussian.h"

#include "models/ops/cpu/gaussian.h"
#include "models/ops/cuda/gaussian.h"
#include "models/ops/op.h"

namespace seqrl {

SquashedSample squashed_gaussian(const Tensor& parameters, const Tensor& noise) {
  constexpr const char* kOp = "squashed_gaussian";
  SEQRL_REQUIRE(parameters.shape().rank() == 2 && parameters.dim(1) % 2 == 0,
                "{}: parameters has shape {}, expected (rows, 2 * dim)", kOp,
                parameters.shape().text());
  const std::int64_t rows = parameters.dim(0), dim = parameters.dim(1) / 2;
  op::require_shape(kOp, "noise", noise, {rows, dim});
  op::require_dtype(kOp, "noise", noise, parameters.dtype());

  Tape& tape = op::begin("squashed_gaussian", {parameters, noise});
  const Tensor action = tape.output({rows, dim}, parameters.dtype());
  const Tensor log_probability = tape.output({rows}, parameters.dtype());
  dispatch(parameters.dtype(), [&]<typename T>(T) {
    op::run(tape, cpu::squashed_gaussian<T>, cuda::squashed_gaussian<T>, rows, dim,
            parameters.data<T>(), noise.data<T>(), action.data<T>(), log_probability.data<T>());
  });
  if (op::differentiates(tape, {parameters})) {
    tape.record([=, &tape] {
      const Tensor d_action = tape.gradient(action), d_log = tape.gradient(log_probability);
      dispatch(parameters.dtype(), [&]<typename T>(T) {
        op::run(tape, cpu::squashed_gaussian_backward<T>, cuda::squashed_gaussian_backward<T>, rows,
                dim, parameters.data<T>(), noise.data<T>(), action.data<T>(), d_action.data<T>(),
                d_log.data<T>(), op::added_sink<T>(tape, parameters));
      });
    });
  }
  return {action, log_probability};
}

}  // namespace seqrl
