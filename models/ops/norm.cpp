#include "models/ops/norm.h"

#include <utility>

#include "models/ops/cpu/norm.h"
#include "models/ops/cuda/elementwise.h"
#include "models/ops/cuda/norm.h"
#include "models/ops/elementwise.h"
#include "models/ops/op.h"
#include "models/ops/row_sums.h"

namespace seqrl {
namespace {

// Rejects weights and biases that do not match a layer norm of x.
void require_parameters(const char* op, const Tensor& x, const Tensor& weight, const Tensor& bias) {
  for (const auto& [name, parameter] : {std::pair("weight", weight), {"bias", bias}}) {
    SEQRL_REQUIRE(parameter.defined(), "{}: {} is missing", op, name);
    op::require_shape(op, name, parameter, {x.shape().back()});
    op::require_dtype(op, name, parameter, x.dtype());
  }
}

// add_dropout_norm in one kernel.
AddedNorm add_norm_on_cuda(Tape& tape, const Tensor& residual, const Tensor& branch, double p,
                           const Tensor& weight, const Tensor& bias) {
  const Shape& shape = residual.shape();
  const std::int64_t rows = shape.rows(), dim = shape.back();
  const DType dtype = residual.dtype();
  if (!tape.training()) p = 0;
  const op::DropoutRule dropout(p > 0 ? tape.next_dropout() : DropoutKey{}, p);
  const Tensor sum = tape.output(shape, dtype), y = tape.output(shape, dtype);
  const Tensor mean = tape.constant({rows}, dtype), scale = tape.constant({rows}, dtype);
  dispatch(dtype, [&]<typename T>(T) {
    cuda::add_norm<T>(dropout, rows, dim, residual.data<T>(), branch.data<T>(), sum.data<T>(),
                      weight.data<T>(), bias.data<T>(), y.data<T>(), mean.data<T>(),
                      scale.data<T>());
  });
  if (!op::differentiates(tape, {residual, branch, weight, bias})) return {sum, y};
  tape.record([=, &tape] {
    const Tensor dy = tape.gradient(y);
    const std::int64_t count = cuda::norm_parts(rows).count;
    dispatch(dtype, [&]<typename T>(T) {
      const op::Sink<T> dsum = op::sink_of<T>(tape, sum), dbranch = op::sink_of<T>(tape, branch);
      T *dweight = parts_for<T>(tape, weight, count), *dbias = parts_for<T>(tape, bias, count);
      // Row sums of the branch's gradient: its last layer usually has a bias.
      T* const sums = dbranch.data && !dbranch.accumulate ? tape.scratch<T>(count * dim) : nullptr;
      cuda::add_norm_backward<T>(dropout, rows, dim, sum.data<T>(), weight.data<T>(),
                                 mean.data<T>(), scale.data<T>(), dy.data<T>(), dsum.data,
                                 dsum.accumulate, dbranch.data, dbranch.accumulate, sums, dweight,
                                 dbias);
      if (sums) tape.keep_row_sums(branch, {sums, count});
      add_part_sums<T>(tape, weight, count, dweight);
      add_part_sums<T>(tape, bias, count, dbias);
      if (!residual.requires_gradient() || tape.move_gradient(sum, residual)) return;
      const op::Sink<T> dresidual = op::sink_of<T>(tape, residual);
      cuda::assign<T>(sum.size(), dsum.data, dresidual.data, dresidual.accumulate);
    });
  });
  return {sum, y};
}

}  // namespace

Tensor layer_norm(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  SEQRL_REQUIRE(x.shape().rank() >= 1, "layer_norm: x needs at least one dimension");
  require_parameters("layer_norm", x, weight, bias);
  const std::int64_t rows = x.shape().rows(), dim = x.shape().back();

  Tape& tape = op::begin("layer_norm", {x});
  const Tensor y = tape.output(x.shape(), x.dtype());
  const Tensor mean = tape.constant({rows}, x.dtype()), scale = tape.constant({rows}, x.dtype());
  dispatch(x.dtype(), [&]<typename T>(T) {
    op::run(tape, cpu::norm<T>, cuda::norm<T>, rows, dim, x.data<T>(), weight.data<T>(),
            bias.data<T>(), y.data<T>(), mean.data<T>(), scale.data<T>());
  });
  if (op::differentiates(tape, {x, weight, bias})) {
    tape.record([=, &tape] {
      const Tensor dy = tape.gradient(y);
      dispatch(x.dtype(), [&]<typename T>(T) {
        const op::Sink<T> dx = op::sink_of<T>(tape, x);
        if (op::on_cuda(tape)) {
          const std::int64_t count = cuda::norm_parts(rows).count;
          T *dweight = parts_for<T>(tape, weight, count), *dbias = parts_for<T>(tape, bias, count);
          cuda::norm_backward<T>(rows, dim, x.data<T>(), weight.data<T>(), mean.data<T>(),
                                 scale.data<T>(), dy.data<T>(), dx.data, dx.accumulate, dweight,
                                 dbias);
          add_part_sums<T>(tape, weight, count, dweight);
          add_part_sums<T>(tape, bias, count, dbias);
        } else {
          cpu::norm_backward<T>(rows, dim, x.data<T>(), weight.data<T>(), mean.data<T>(),
                                scale.data<T>(), dy.data<T>(), dx.data, dx.accumulate,
                                op::added_sink<T>(tape, weight), op::added_sink<T>(tape, bias));
        }
      });
    });
  }
  return y;
}

AddedNorm add_dropout_norm(const Tensor& residual, const Tensor& branch, double p,
                           const Tensor& weight, const Tensor& bias) {
  Tape& tape = op::begin("add_dropout_norm", {residual, branch});
  if (!op::on_cuda(tape) || !cuda::adds_before_norm(residual.shape().back())) {
    const Tensor sum = add_dropout(residual, branch, p);
    return {sum, layer_norm(sum, weight, bias)};
  }
  op::require_shape("add_dropout_norm", "branch", branch, residual.shape());
  op::require_dtype("add_dropout_norm", "branch", branch, residual.dtype());
  require_parameters("add_dropout_norm", residual, weight, bias);
  return add_norm_on_cuda(tape, residual, branch, p, weight, bias);
}

}  // namespace seqrl
