#include "models/ops/optimizer.h"

#include "models/core/alignment.h"
#include "models/ops/cpu/optimizer.h"
#include "models/ops/cuda/optimizer.h"
#include "models/ops/op.h"

namespace seqrl {
namespace {

void require_one_size(const char* op, const AdamWTensors& tensors, Device device) {
  const Tensor& parameters = tensors.parameters;
  for (const Tensor& tensor :
       {parameters, tensors.first_moment, tensors.second_moment, tensors.gradient}) {
    SEQRL_CHECK(tensor.device() == device);
    op::require_shape(op, "a tensor", tensor, parameters.shape());
    op::require_dtype(op, "a tensor", tensor, parameters.dtype());
  }
}

}  // namespace

void adamw(const AdamWTensors& tensors, const op::AdamWRates& rates,
           std::span<const double> decay) {
  require_one_size("adamw", tensors, Device::cpu);
  const std::int64_t n = tensors.parameters.size();
  SEQRL_CHECK(static_cast<std::int64_t>(decay.size()) == divide_up(n, kDecayGranule));
  dispatch(tensors.parameters.dtype(), [&]<typename T>(T) {
    cpu::adamw<T>(n, rates, kDecayGranule, decay.data(), tensors.parameters.data<T>(),
                  tensors.first_moment.data<T>(), tensors.second_moment.data<T>(),
                  tensors.gradient.data<T>());
  });
}

void add_and_clear(const Tensor& sum, const Tensor& other) {
  SEQRL_CHECK(sum.device() == other.device());
  op::require_shape("add_and_clear", "other", other, sum.shape());
  dispatch(sum.dtype(), [&]<typename T>(T) {
    if (sum.device() == Device::cuda) {
      cuda::add_and_clear<T>(sum.size(), sum.data<T>(), other.data<T>());
    } else {
      cpu::add_and_clear<T>(sum.size(), sum.data<T>(), other.data<T>());
    }
  });
}

double square_norm(const Tensor& x) {
  SEQRL_CHECK(x.device() == Device::cpu);
  return dispatch(x.dtype(),
                  [&]<typename T>(T) { return cpu::square_norm<T>(x.size(), x.data<T>()); });
}

void adamw_step(op::StepState* state, const op::StepState* other, double clip, const Tensor& loss,
                const AdamWTensors& tensors, const Tensor& decay, const Tensor& scratch) {
  constexpr const char* kOp = "adamw_step";
  require_one_size(kOp, tensors, Device::cuda);
  const std::int64_t n = tensors.parameters.size();
  SEQRL_CHECK(loss.size() == 1);
  op::require_shape(kOp, "decay", decay, {divide_up(n, kDecayGranule)});
  op::require_shape(kOp, "scratch", scratch, {adamw_scratch(n)});
  dispatch(tensors.parameters.dtype(), [&]<typename T>(T) {
    cuda::adamw<T>(state, other, n, clip, loss.data<T>(), kDecayGranule, decay.data<double>(),
                   tensors.parameters.data<T>(), tensors.first_moment.data<T>(),
                   tensors.second_moment.data<T>(), tensors.gradient.data<T>(),
                   scratch.data<double>());
  });
}

std::int64_t adamw_scratch(std::int64_t n) {
  return cuda::adamw_scratch(n);
}

void set_step_arguments(op::StepState* state, const op::StepArguments& arguments) {
  cuda::set_step_arguments(state, arguments);
}

void polyak_update(const Tensor& parameters, const Tensor& target, double rate,
                   const op::StepState* state) {
  constexpr const char* kOp = "polyak_update";
  op::require_shape(kOp, "target", target, parameters.shape());
  op::require_dtype(kOp, "target", target, parameters.dtype());
  SEQRL_CHECK(target.device() == parameters.device());
  const std::int64_t n = parameters.size();
  dispatch(parameters.dtype(), [&]<typename T>(T) {
    const T* from = parameters.data<T>();
    if (parameters.device() == Device::cuda) {
      cuda::polyak_update<T>(state, n, static_cast<T>(rate), from, target.data<T>());
    } else {
      cpu::polyak_update<T>(n, static_cast<T>(rate), from, target.data<T>());
    }
  });
}

}  // namespace seqrl
