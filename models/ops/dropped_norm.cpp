#include "models/ops/dropped_norm.h"

#include "models/ops/cuda/norm.h"
#include "models/ops/elementwise.h"
#include "models/ops/norm.h"
#include "models/ops/op.h"
#include "models/ops/row_sums.h"

namespace seqrl {

Tensor dropped_norm(const Tensor& x, const Tensor& weight, const Tensor& bias, double p) {
  const Tape& where = op::begin("dropped_norm", {x});
  // The two separate ops report wrong shapes.
  const bool fits = x.shape().rank() >= 1 && cuda::adds_before_norm(x.shape().back()) &&
                    weight.defined() && weight.shape() == Shape({x.shape().back()}) &&
                    bias.defined() && bias.shape() == weight.shape() &&
                    weight.dtype() == x.dtype() && bias.dtype() == x.dtype();
  if (!op::on_cuda(where) || !where.training() || !(p > 0 && p < 1) || !fits) {
    return dropout(layer_norm(x, weight, bias), p);
  }
  Tape& tape = *x.tape();
  const std::int64_t rows = x.shape().rows(), dim = x.shape().back();
  const op::DropoutRule rule(tape.next_dropout(), p);
  const Tensor y = tape.output(x.shape(), x.dtype());
  const Tensor mean = tape.constant({rows}, x.dtype()), scale = tape.constant({rows}, x.dtype());
  dispatch(x.dtype(), [&]<typename T>(T) {
    cuda::dropped_norm<T>(rule, rows, dim, x.data<T>(), weight.data<T>(), bias.data<T>(),
                          y.data<T>(), mean.data<T>(), scale.data<T>());
  });
  if (op::differentiates(tape, {x, weight, bias})) {
    tape.record([=, &tape] {
      const Tensor dy = tape.gradient(y);
      const std::int64_t count = cuda::norm_parts(rows).count;
      dispatch(x.dtype(), [&]<typename T>(T) {
        const op::Sink<T> dx = op::sink_of<T>(tape, x);
        T *dweight = parts_for<T>(tape, weight, count), *dbias = parts_for<T>(tape, bias, count);
        cuda::dropped_norm_backward<T>(rule, rows, dim, x.data<T>(), weight.data<T>(),
                                       mean.data<T>(), scale.data<T>(), dy.data<T>(), dx.data,
                                       dx.accumulate, dweight, dbias);
        add_part_sums<T>(tape, weight, count, dweight);
        add_part_sums<T>(tape, bias, count, dbias);
      });
    });
  }
  return y;
}

}  // namespace seqrl
