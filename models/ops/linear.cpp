#include "models/ops/linear.h"

#include "models/ops/cpu/linear.h"
#include "models/ops/cuda/activation.h"
#include "models/ops/cuda/gemm.h"
#include "models/ops/cuda/reduce.h"
#include "models/ops/op.h"
#include "models/ops/row_sums.h"

namespace seqrl {
namespace {

// tanh, sigmoid and relu are differentiated from their result. For gelu and silu, more is kept for
// backward: the slope or, on CUDA, the input of the activation, which saves a pass over memory.
bool keeps_more(Activation activation) {
  return activation == Activation::gelu || activation == Activation::silu;
}

struct Layer {
  cpu::LinearSize size;
  Activation activation;
  Tensor x, weight, bias, y;
  Tensor kept;                  // if keeps_more(); otherwise undefined
  WeightPanels::Panels panels;  // of the weight, on the CPU
};

op::Start start_of(bool accumulate) {
  return accumulate ? op::Start::accumulate : op::Start::zero;
}

template <typename T>
cpu::LinearWeight<T> weight_of(const Layer& layer) {
  return {layer.weight.data<T>(), static_cast<const T*>(layer.panels.forward),
          static_cast<const T*>(layer.panels.backward)};
}

template <typename T>
void forward_on_cuda(const Layer& layer) {
  const auto [groups, rows, in, out] = layer.size;
  cuda::matmul<T>({.m = rows,
                   .n = out,
                   .k = in,
                   .a = {layer.x.data<T>(), layer.size.x_stride(), 1},
                   .b = op::transposed<T>(layer.weight.data<T>(), in),
                   .c = layer.y.data<T>(),
                   .c_stride = layer.size.y_stride(),
                   .start = layer.bias.defined() ? op::Start::bias : op::Start::zero,
                   .bias = op::data_or_null<T>(layer.bias),
                   .count = groups,
                   .a_step = in,
                   .b_step = out * in,
                   .c_step = out,
                   .bias_step = out,
                   .activation = layer.activation,
                   .before = op::data_or_null<T>(layer.kept)});
}

template <typename T>
void forward(const Tape& tape, const Layer& layer) {
  if (op::on_cuda(tape)) return forward_on_cuda<T>(layer);
  cpu::linear<T>(layer.size, layer.activation, layer.x.data<T>(), weight_of<T>(layer),
                 op::data_or_null<T>(layer.bias), op::data_or_null<T>(layer.kept),
                 layer.y.data<T>());
}

// Both backward functions replace dy by the gradient before the activation; nothing reads dy after
// this rule.

template <typename T>
void backward(const Layer& layer, Tape& tape, T* dy) {
  const op::Sink<T> dx = op::sink_of<T>(tape, layer.x);
  cpu::linear_backward_input<T>(layer.size, layer.activation, layer.y.data<T>(),
                                op::data_or_null<T>(layer.kept), weight_of<T>(layer), dy, dx.data,
                                dx.accumulate);
  if (const op::Sink<T> dw = op::sink_of<T>(tape, layer.weight); dw.data) {
    cpu::linear_backward_weight<T>(layer.size, layer.x.data<T>(), dy, dw.data, dw.accumulate);
  }
  add_row_sums<T>(tape, layer.bias, layer.size.rows, dy);
}

template <typename T>
void backward_on_cuda(const Layer& layer, Tape& tape, T* dy) {
  const std::int64_t groups = layer.size.groups, rows = layer.size.rows;
  const std::int64_t in = layer.size.in, out = layer.size.out;
  const std::int64_t x_stride = layer.size.x_stride(), y_stride = layer.size.y_stride();
  const op::Sink<T> dx = op::sink_of<T>(tape, layer.x);
  // Through the activation. The same pass over memory sums up the bias's gradient.
  const bool activated = layer.activation != Activation::none;
  const std::int64_t parts = cuda::RowParts(rows).count;
  T* const sums = activated ? parts_for<T>(tape, layer.bias, parts) : nullptr;
  if (activated) {
    cuda::activate_backward_rows<T>(layer.activation, rows, y_stride,
                                    op::data_or_null<T>(layer.kept), layer.y.data<T>(), dy, sums);
  }
  const auto to_input = [&] {
    if (!dx.data) return;
    cuda::matmul<T>({.m = rows,
                     .n = in,
                     .k = out,
                     .a = {dy, y_stride, 1},
                     .b = op::row_major<T>(layer.weight.data<T>(), in),
                     .c = dx.data,
                     .c_stride = x_stride,
                     .start = start_of(dx.accumulate),
                     .count = groups,
                     .a_step = out,
                     .b_step = out * in,
                     .c_step = in});
  };
  const auto to_parameters = [&] {
    if (const op::Sink<T> dw = op::sink_of<T>(tape, layer.weight); dw.data) {
      cuda::matmul<T>({.m = out,
                       .n = in,
                       .k = rows,
                       .a = {dy, 1, y_stride},
                       .b = {layer.x.data<T>(), x_stride, 1},
                       .c = dw.data,
                       .c_stride = in,
                       .start = start_of(dw.accumulate),
                       .count = groups,
                       .a_step = out,
                       .b_step = in,
                       .c_step = out * in});
    }
    if (activated) {
      add_part_sums<T>(tape, layer.bias, parts, sums);
    } else {
      add_gradient_sums<T>(tape, layer.bias, layer.y, rows, dy);
    }
  };
  // Each product alone may have too few tiles to fill a GPU. They run one after the other if x is
  // the weight or the bias, and so shares its gradient.
  const bool apart = layer.x.raw() != layer.weight.raw() && layer.x.raw() != layer.bias.raw();
  if (dx.data && layer.weight.requires_gradient() && apart) {
    runtime_of(Device::cuda).overlap(to_input, to_parameters);
  } else {
    to_input();
    to_parameters();
  }
}

Tensor apply(const char* op, const Tensor& x, const Tensor& weight, const Tensor& bias, int groups,
             Activation activation) {
  SEQRL_REQUIRE(x.shape().rank() >= 1 && weight.shape().rank() == 2,
                "{}: x needs a last dimension and weight two, got {} and {}", op, x.shape().text(),
                weight.shape().text());
  SEQRL_REQUIRE(groups >= 1 && x.shape().back() % groups == 0 && weight.dim(0) % groups == 0,
                "{}: x {} and weight {} cannot be split into {} groups", op, x.shape().text(),
                weight.shape().text(), groups);
  op::require_shape(op, "weight", weight, {weight.dim(0), x.shape().back() / groups});
  op::require_dtype(op, "weight", weight, x.dtype());
  if (bias.defined()) op::require_shape(op, "bias", bias, {weight.dim(0)});

  Tape& tape = op::begin(op, {x, weight});
  const bool differentiates = op::differentiates(tape, {x, weight, bias});
  const Shape shape = x.shape().with_back(weight.dim(0));
  Layer layer{.size = {groups, x.shape().rows(), weight.dim(1), weight.dim(0) / groups},
              .activation = activation,
              .x = x,
              .weight = weight,
              .bias = bias,
              .y = tape.output(shape, x.dtype()),
              .kept = {},
              .panels = tape.find_panels(weight)};
  if (differentiates && keeps_more(activation)) layer.kept = tape.constant(shape, x.dtype());
  dispatch(x.dtype(), [&]<typename T>(T) { forward<T>(tape, layer); });
  if (differentiates) {
    tape.record([layer, &tape] {
      const Tensor dy = tape.gradient(layer.y);
      dispatch(dy.dtype(), [&]<typename T>(T) {
        const auto rule = op::on_cuda(tape) ? backward_on_cuda<T> : backward<T>;
        rule(layer, tape, dy.data<T>());
      });
    });
  }
  return layer.y;
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
