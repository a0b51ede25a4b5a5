#include "models/ops/gaussian.h"

#include "models/ops/cpu/gaussian.h"
#include "models/ops/cuda/gaussian.h"
#include "models/ops/op.h"

namespace seqrl {
namespace {

template <typename T>
void squash(std::int64_t rows, std::int64_t dim, const T* parameters, const T* noise, T* action,
            T* log_probability) {
  for (std::int64_t r = 0; r < rows; ++r, parameters += 2 * dim, noise += dim, action += dim) {
    T sum = 0;
    for (std::int64_t i = 0; i < dim; ++i) {
      const auto drawn = cpu::squash(parameters[i], parameters[dim + i], noise[i]);
      action[i] = drawn.action;
      sum += drawn.log_probability;
    }
    log_probability[r] = sum;
  }
}

template <typename T>
void squash_backward(std::int64_t rows, std::int64_t dim, const T* parameters, const T* noise,
                     const T* action, const T* d_action, const T* d_log_probability,
                     T* d_parameters) {
  for (std::int64_t number = 0; number < rows * dim; ++number) {
    const std::int64_t r = number / dim, at = r * dim + number;  // of the mean: 2 · dim · r + i
    const auto d = cpu::squash_backward(parameters[at + dim], noise[number], action[number],
                                        d_action[number], d_log_probability[r]);
    d_parameters[at] += d.mean;
    d_parameters[at + dim] += d.log_std;
  }
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

  Tape& tape = op::tape_of({parameters, noise});
  const Tensor action = tape.output({rows, dim}, parameters.dtype());
  const Tensor log_probability = tape.output({rows}, parameters.dtype());
  dispatch(parameters.dtype(), [&]<typename T>(T) {
    op::run(tape, squash<T>, cuda::squashed_gaussian<T>, rows, dim, parameters.data<T>(),
            noise.data<T>(), action.data<T>(), log_probability.data<T>());
  });
  if (op::differentiates(tape, {parameters})) {
    tape.record([=, &tape] {
      const Tensor d_action = tape.gradient(action), d_log = tape.gradient(log_probability);
      dispatch(parameters.dtype(), [&]<typename T>(T) {
        op::run(tape, squash_backward<T>, cuda::squashed_gaussian_backward<T>, rows, dim,
                parameters.data<T>(), noise.data<T>(), action.data<T>(), d_action.data<T>(),
                d_log.data<T>(), op::added_sink<T>(tape, parameters));
      });
    });
  }
  return {action, log_probability};
}

}  // namespace seqrl
