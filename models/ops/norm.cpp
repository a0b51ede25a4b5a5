#include "models/ops/norm.h"

#include "models/ops/cpu/norm.h"
#include "models/ops/cuda/norm.h"
#include "models/ops/op.h"
#include "models/ops/row_sums.h"

namespace seqrl {
namespace {

Tensor normalize(const char* op, const Tensor& x, const Tensor& weight, const Tensor& bias) {
  SEQRL_REQUIRE(x.shape().rank() >= 1, "{}: x needs at least one dimension", op);
  const std::int64_t rows = x.shape().rows(), dim = x.shape().back();
  op::require_shape(op, "weight", weight, {dim});
  op::require_dtype(op, "weight", weight, x.dtype());
  if (bias.defined()) op::require_shape(op, "bias", bias, {dim});

  Tape& tape = op::tape_of({x});
  const Tensor y = tape.output(x.shape(), x.dtype());
  const Tensor mean = tape.constant({rows}, x.dtype()), scale = tape.constant({rows}, x.dtype());
  dispatch(x.dtype(), [&]<typename T>(T) {
    op::run(tape, cpu::norm<T>, cuda::norm<T>, rows, dim, x.data<T>(), weight.data<T>(),
            bias.defined() ? bias.data<T>() : nullptr, y.data<T>(), mean.data<T>(),
            scale.data<T>());
  });
  if (op::differentiates(tape, {x, weight, bias})) {
    tape.record([=, &tape] {
      const Tensor dy = tape.gradient(y);
      GradientSink dx{};
      if (x.requires_gradient()) dx = tape.sink(x);
      dispatch(x.dtype(), [&]<typename T>(T) {
        T* to = dx.tensor.defined() ? dx.tensor.data<T>() : nullptr;
        if (op::on_cuda(tape)) {
          const std::int64_t count = cuda::norm_parts(rows).count;
          T *dweight = parts_for<T>(tape, weight, count), *dbias = parts_for<T>(tape, bias, count);
          cuda::norm_backward<T>(rows, dim, x.data<T>(), weight.data<T>(), mean.data<T>(),
                                 scale.data<T>(), dy.data<T>(), bias.defined(), to, dx.accumulate,
                                 dweight, dbias);
          add_part_sums<T>(tape, weight, count, dweight);
          add_part_sums<T>(tape, bias, count, dbias);
        } else {
          cpu::norm_backward<T>(rows, dim, x.data<T>(), weight.data<T>(), mean.data<T>(),
                                scale.data<T>(), dy.data<T>(), bias.defined(), to, dx.accumulate,
                                op::added_sink<T>(tape, weight), op::added_sink<T>(tape, bias));
        }
      });
    });
  }
  return y;
}

}  // namespace

Tensor layer_norm(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  SEQRL_REQUIRE(bias.defined(), "layer_norm: bias is missing; for no bias use rms_norm");
  return normalize("layer_norm", x, weight, bias);
}

Tensor rms_norm(const Tensor& x, const Tensor& weight) {
  return normalize("rms_norm", x, weight, {});
}

}  // namespace seqrl
