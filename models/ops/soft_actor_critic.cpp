#include "models/ops/soft_actor_critic.h"

#include "models/ops/cpu/soft_actor_critic.h"
#include "models/ops/cuda/soft_actor_critic.h"
#include "models/ops/op.h"

namespace seqrl {
namespace {

void require_inputs(const char* op, const Tensor& log_probability, const Tensor& values,
                    const Tensor& temperature) {
  SEQRL_REQUIRE(values.shape().rank() == 2 && values.dim(1) >= 1,
                "{}: values has shape {}, expected (rows, critics)", op, values.shape().text());
  op::require_shape(op, "log_probability", log_probability, {values.dim(0)});
  op::require_dtype(op, "log_probability", log_probability, values.dtype());
  op::require_shape(op, "temperature", temperature, {1});
  op::require_dtype(op, "temperature", temperature, DType::f64);
}

}  // namespace

Tensor soft_target(const Tensor& rewards, const Tensor& terminated, const Tensor& values,
                   const Tensor& log_probability, const Tensor& temperature, double discount) {
  constexpr const char* kOp = "soft_target";
  require_inputs(kOp, log_probability, values, temperature);
  op::require_shape(kOp, "rewards", rewards, log_probability.shape());
  op::require_dtype(kOp, "rewards", rewards, values.dtype());
  op::require_shape(kOp, "terminated", terminated, log_probability.shape());
  op::require_dtype(kOp, "terminated", terminated, values.dtype());
  Tape& tape =
      op::begin("soft_target", {values, log_probability, rewards, terminated, temperature});
  const Tensor target = tape.constant(values.shape(), values.dtype());
  dispatch(values.dtype(), [&]<typename T>(T) {
    op::run(tape, cpu::soft_target<T>, cuda::soft_target<T>, values.dim(0), values.dim(1),
            rewards.data<T>(), terminated.data<T>(), values.data<T>(), log_probability.data<T>(),
            temperature.data<double>(), static_cast<T>(discount), target.data<T>());
  });
  return target;
}

SoftPolicyLoss soft_policy_loss(const Tensor& log_probability, const Tensor& values,
                                const Tensor& temperature, double count) {
  constexpr const char* kOp = "soft_policy_loss";
  require_inputs(kOp, log_probability, values, temperature);
  SEQRL_REQUIRE(count > 0, "{}: count is {}, expected the rows of the batch", kOp, count);
  const std::int64_t rows = values.dim(0), critics = values.dim(1);

  Tape& tape = op::begin("soft_policy_loss", {log_probability, values, temperature});
  const Tensor loss = tape.output({1}, values.dtype()), sums = tape.constant({2}, DType::f64);
  dispatch(values.dtype(), [&]<typename T>(T) {
    op::run(tape, cpu::soft_policy_loss<T>, cuda::soft_policy_loss<T>, rows, critics,
            log_probability.data<T>(), values.data<T>(), temperature.data<double>(), count,
            loss.data<T>(), sums.data<double>());
  });
  if (op::differentiates(tape, {log_probability, values})) {
    tape.record([=, &tape] {
      const Tensor upstream = tape.gradient(loss);
      dispatch(values.dtype(), [&]<typename T>(T) {
        op::run(tape, cpu::soft_policy_loss_backward<T>, cuda::soft_policy_loss_backward<T>, rows,
                critics, values.data<T>(), temperature.data<double>(), static_cast<T>(count),
                upstream.data<T>(), op::added_sink<T>(tape, log_probability),
                op::added_sink<T>(tape, values));
      });
    });
  }
  return {loss, sums};
}

void soft_temperature(const Tensor& log_temperature, const Tensor& temperature) {
  constexpr const char* kOp = "soft_temperature";
  op::require_shape(kOp, "log_temperature", log_temperature, {1});
  op::require_shape(kOp, "temperature", temperature, {1});
  SEQRL_CHECK(log_temperature.device() == temperature.device());
  const auto* from = log_temperature.data<double>();
  if (temperature.device() == Device::cuda) {
    cuda::soft_temperature(from, temperature.data<double>());
  } else {
    cpu::soft_temperature(from, temperature.data<double>());
  }
}

void record_soft_step(const op::StepState* critics, const op::StepState* actor, std::int64_t rows,
                      const Tensor& sums, const Tensor& temperature, double target_entropy,
                      SoftLossRecord* record, const Tensor& gradient) {
  constexpr const char* kOp = "record_soft_step";
  SEQRL_CHECK(sums.device() == Device::cuda);
  op::require_shape(kOp, "sums", sums, {2});
  op::require_shape(kOp, "temperature", temperature, {1});
  op::require_shape(kOp, "gradient", gradient, {1});
  cuda::record_soft_step(critics, actor, rows, sums.data<double>(), temperature.data<double>(),
                         target_entropy, &record->latest, &record->sum, gradient.data<double>());
}

}  // namespace seqrl
