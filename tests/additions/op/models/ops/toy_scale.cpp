#include "models/ops/toy_scale.h"

#include "models/ops/cpu/toy_scale.h"
#include "models/ops/cuda/toy_scale.h"
#include "models/ops/op.h"

namespace seqrl {

Tensor toy_scale(const Tensor& x, double factor) {
  Tape& tape = op::begin("toy_scale", {x});
  const Tensor y = tape.output(x.shape(), x.dtype());
  dispatch(x.dtype(), [&]<typename T>(T) {
    op::run(tape, cpu::toy_scale<T>, cuda::toy_scale<T>, x.size(), static_cast<T>(factor),
            x.data<T>(), y.data<T>(), false);
  });
  if (op::differentiates(tape, {x})) {
    tape.record([=, &tape] {
      const Tensor dy = tape.gradient(y);
      const GradientSink dx = tape.sink(x);
      dispatch(x.dtype(), [&]<typename T>(T) {
        op::run(tape, cpu::toy_scale<T>, cuda::toy_scale<T>, x.size(), static_cast<T>(factor),
                dy.data<T>(), dx.tensor.data<T>(), dx.accumulate);
      });
    });
  }
  return y;
}

}  // namespace seqrl
