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

// One group's sizes; its part of x begins at group · in, of y and the weight's rows at group · out.
struct Sizes {
  std::int64_t groups, rows, in, out;
};

template <typename T>
void forward(const Sizes& size, const PackedWeights::Panels* packed, const Tensor& x,
             const Tensor& weight, const Tensor& bias, const Tensor& y) {
  const auto [groups, rows, in, out] = size;
  const cpu::Start start = bias.defined() ? cpu::Start::bias : cpu::Start::zero;
  for (std::int64_t group = 0; group < groups; ++group) {
    const std::int64_t first = group * out;
    const T* b = bias.defined() ? bias.data<T>() + first : nullptr;
    const cpu::MatrixView<T> input{x.data<T>() + group * in, groups * in, 1};
    T* result = y.data<T>() + first;
    if (packed && first % cpu::kPanelWidth<T> == 0) {
      const auto panels = static_cast<const T*>(packed->forward);
      cpu::gemm_packed(rows, out, in, input, cpu::packed_part(panels, in, 0, first), result,
                       groups * out, start, b);
    } else {
      cpu::gemm(rows, out, in, input, cpu::transposed(weight.data<T>() + first * in, in), result,
                groups * out, start, b);
    }
  }
}

template <typename T>
void backward(const Sizes& size, Tape& tape, const PackedWeights::Panels* packed, const Tensor& x,
              const Tensor& weight, const Tensor& bias, const T* dy) {
  const auto [groups, rows, in, out] = size;
  const auto start = [](bool accumulate) {
    return accumulate ? cpu::Start::accumulate : cpu::Start::zero;
  };
  if (x.requires_gradient()) {
    const auto [dx, accumulate] = tape.sink(x);
    for (std::int64_t group = 0; group < groups; ++group) {
      const cpu::MatrixView<T> upstream{dy + group * out, groups * out, 1};
      T* result = dx.data<T>() + group * in;
      if (packed && packed->backward) {
        const auto panels = static_cast<const T*>(packed->backward);
        cpu::gemm_packed(rows, in, out, upstream,
                         cpu::packed_part(panels, groups * out, group * out, 0), result,
                         groups * in, start(accumulate));
      } else {
        cpu::gemm(rows, in, out, upstream, cpu::row_major(weight.data<T>() + group * out * in, in),
                  result, groups * in, start(accumulate));
      }
    }
  }
  if (weight.requires_gradient()) {
    const auto [dw, accumulate] = tape.sink(weight);
    for (std::int64_t group = 0; group < groups; ++group) {
      cpu::gemm<T>(out, in, rows, {dy + group * out, 1, groups * out},
                   {x.data<T>() + group * in, groups * in, 1}, dw.data<T>() + group * out * in, in,
                   start(accumulate));
    }
  }
  if (bias.defined() && bias.requires_gradient()) {
    const auto [db, accumulate] = tape.sink(bias);
    cpu::sum_rows(rows, groups * out, dy, db.data<T>(), accumulate);
  }
}

Tensor apply(const char* op, const Tensor& x, const Tensor& weight, const Tensor& bias, int groups,
             Activation activation) {
  SEQRL_REQUIRE(x.shape().rank() >= 1 && weight.shape().rank() == 2,
                "{}: x needs a last dimension and weight two, got {} and {}", op, x.shape().text(),
                weight.shape().text());
  SEQRL_REQUIRE(groups >= 1 && x.shape().back() % groups == 0 && weight.dim(0) % groups == 0,
                "{}: x {} and weight {} cannot be cut into {} groups", op, x.shape().text(),
                weight.shape().text(), groups);
  op::require_shape(op, "weight", weight, {weight.dim(0), x.shape().back() / groups});
  op::require_dtype(op, "weight", weight, x.dtype());
  if (bias.defined()) op::require_shape(op, "bias", bias, {weight.dim(0)});

  Tape& tape = op::tape_of({x, weight});
  const bool differentiates = op::differentiates(tape, {x, weight, bias});
  const PackedWeights::Panels* packed = find_packed(tape, weight);
  const Sizes size{groups, x.shape().rows(), weight.dim(1), weight.dim(0) / groups};

  const Shape shape = x.shape().with_back(weight.dim(0));
  const Tensor y = tape.output(shape, x.dtype());
  const Tensor before =
      differentiates && needs_input(activation) ? tape.constant(shape, x.dtype()) : y;
  dispatch(x.dtype(), [&]<typename T>(T) {
    forward<T>(size, packed, x, weight, bias, before);
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
        backward<T>(size, tape, packed, x, weight, bias, dy.data<T>());
      });
    });
  }
  return y;
}

}  // namespace

Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias, Activation activation) {
  return apply("linear", x, weight, bias, 1, activation);
}

Tensor grouped_linear(const Tensor& x, const Tensor& weight, const Tensor& bias, int groups,
                      Activation activation) {
  return apply("grouped_linear", x, weight, bias, groups, activation);
}

}  // namespace seqrl
