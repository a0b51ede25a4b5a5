#include "models/ops/activation.h"

#include "models/ops/cpu/activation.h"
#include "models/ops/cuda/activation.h"
#include "models/ops/op.h"

namespace seqrl {

Tensor activate(const Tensor& x, Activation activation) {
  Tape& tape = op::begin("activate", {x});
  const Tensor y = tape.output(x.shape(), x.dtype());
  dispatch(x.dtype(), [&]<typename T>(T) {
    op::run(tape, cpu::activate<T>, cuda::activate<T>, activation, x.size(), x.data<T>(),
            y.data<T>());
  });
  if (op::differentiates(tape, {x})) {
    tape.record([x, y, activation, &tape] {
      const Tensor dy = tape.gradient(y);
      const auto [dx, accumulate] = tape.sink(x);
      dispatch(x.dtype(), [&, dx = dx, accumulate = accumulate]<typename T>(T) {
        op::run(tape, cpu::activate_backward<T>, cuda::activate_backward<T>, activation, x.size(),
                x.data<T>(), y.data<T>(), dy.data<T>(), dx.template data<T>(), accumulate);
      });
    });
  }
  return y;
}

}  // namespace seqrl
