#include "models/ops/linear.h"

#include "models/nn/packed_weights.h"
#include "models/ops/cpu/activation.h"
#include "models/ops/cpu/gemm.h"
#include "models/ops/cpu/reduce.h"
#include "models/ops/op.h"

namespace seqrl {
namespace {

// tanh, sigmoid and relu are differentiated at their result; these at what went in.
bool needs_input(Activation activation) {
  return activation == Activation::gelu || activation == Activation::silu;
}

template <typename T>
void forward(const PackedWeights::Panels* packed, const Tensor& x, const Tensor& weight,
             const Tensor& bias, const Tensor& y) {
  const std::int64_t rows = x.shape().rows(), out = weight.dim(0), in = weight.dim(1);
  const cpu::Start start = bias.defined() ? cpu::Start::bias : cpu::Start::zero;
  const T* b = bias.defined() ? bias.data<T>() : nullptr;
  const auto input = cpu::row_major(x.data<T>(), in);
  if (packed) {
    cpu::gemm_packed(rows, out, in, input, static_cast<const T*>(packed->forward), y.data<T>(), out,
                     start, b);
  } else {
    cpu::gemm(rows, out, in, input, cpu::transposed(weight.data<T>(), in), y.data<T>(), out, start,
              b);
  }
}

template <typename T>
void backward(Tape& tape, const PackedWeights::Panels* packed, const Tensor& x,
              const Tensor& weight, const Tensor& bias, const T* dy) {
  const std::int64_t rows = x.shape().rows(), out = weight.dim(0), in = weight.dim(1);
  const auto start = [](bool accumulate) {
    return accumulate ? cpu::Start::accumulate : cpu::Start::zero;
  };
  if (x.requires_gradient()) {
    const auto [dx, accumulate] = tape.sink(x);
    const auto upstream = cpu::row_major(dy, out);
    if (packed && packed->backward) {
      cpu::gemm_packed(rows, in, out, upstream, static_cast<const T*>(packed->backward),
                       dx.data<T>(), in, start(accumulate));
    } else {
      cpu::gemm(rows, in, out, upstream, cpu::row_major(weight.data<T>(), in), dx.data<T>(), in,
                start(accumulate));
    }
  }
  if (weight.requires_gradient()) {
    const auto [dw, accumulate] = tape.sink(weight);
    cpu::gemm(out, in, rows, cpu::transposed(dy, out), cpu::row_major(x.data<T>(), in),
              dw.data<T>(), in, start(accumulate));
  }
  if (bias.defined() && bias.requires_gradient()) {
    const auto [db, accumulate] = tape.sink(bias);
    cpu::sum_rows(rows, out, dy, db.data<T>(), accumulate);
  }
}

}  // namespace

Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias, Activation activation) {
  SEQRL_REQUIRE(x.shape().rank() >= 1 && weight.shape().rank() == 2,
                "linear: x needs a last dimension and weight two, got {} and {}", x.shape().text(),
                weight.shape().text());
  op::require_shape("linear", "weight", weight, {weight.dim(0), x.shape().back()});
  op::require_dtype("linear", "weight", weight, x.dtype());
  if (bias.defined()) op::require_shape("linear", "bias", bias, {weight.dim(0)});

  Tape& tape = op::tape_of({x, weight});
  const bool differentiates = op::differentiates(tape, {x, weight, bias});
  const PackedWeights* weights = tape.packed_weights();
  const PackedWeights::Panels* packed = weights ? weights->find(weight) : nullptr;

  const Shape shape = x.shape().with_back(weight.dim(0));
  const Tensor y = tape.output(shape, x.dtype());
  const Tensor before =
      differentiates && needs_input(activation) ? tape.constant(shape, x.dtype()) : y;
  dispatch(x.dtype(), [&]<typename T>(T) {
    forward<T>(packed, x, weight, bias, before);
    cpu::activate(activation, y.size(), before.data<T>(), y.data<T>());
  });
  if (differentiates) {
    tape.record([=, &tape] {
      const Tensor dy = tape.gradient(y);
      dispatch(x.dtype(), [&]<typename T>(T) {
        if (activation != Activation::none) {  // nobody reads dy after this rule: reuse it
          cpu::activate_backward(activation, y.size(), before.data<T>(), y.data<T>(), dy.data<T>(),
                                 dy.data<T>(), false);
        }
        backward<T>(tape, packed, x, weight, bias, dy.data<T>());
      });
    });
  }
  return y;
}

}  // namespace seqrl
