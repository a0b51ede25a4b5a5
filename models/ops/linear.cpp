#include "models/ops/linear.h"

#include <algorithm>

#include "models/nn/packed_weights.h"
#include "models/ops/cpu/activation.h"
#include "models/ops/cpu/gemm.h"
#include "models/ops/cuda/activation.h"
#include "models/ops/cuda/gemm.h"
#include "models/ops/op.h"
#include "models/ops/row_sums.h"

namespace seqrl {
namespace {

// Rows that go through the activation and the product together: what one writes is still in the
// cache when the other reads it. A multiple of the product's tiles.
constexpr std::int64_t kBlockRows = 48;

// tanh, sigmoid and relu are differentiated at their result. Of these more is kept for backward:
// the slope or, on CUDA, what goes into the activation, which saves a pass over memory.
bool keeps_more(Activation activation) {
  return activation == Activation::gelu || activation == Activation::silu;
}

// `groups` layers side by side: one group's sizes. Its part of a row of x begins at group · in, of
// y at group · out; its rows of the weight at group · out.
struct Sizes {
  std::int64_t groups, rows, in, out;

  std::int64_t x_stride() const { return groups * in; }
  std::int64_t y_stride() const { return groups * out; }
};

struct Layer {
  Sizes size;
  Activation activation;
  Tensor x, weight, bias, y;
  Tensor kept;                          // what keeps_more() says, or undefined
  const PackedWeights::Panels* packed;  // of the weight, or null

  cpu::Start start() const { return bias.defined() ? cpu::Start::bias : cpu::Start::zero; }
};

cpu::Start start_of(const GradientSink& sink) {
  return sink.accumulate ? cpu::Start::accumulate : cpu::Start::zero;
}

template <typename T>
T* data_or_null(const Tensor& tensor) {
  return tensor.defined() ? tensor.data<T>() : nullptr;
}

// Calls block(first, count) for all rows, a few at a time where the weight is packed for that.
template <typename Block>
void for_each_block(std::int64_t rows, bool packed, Block&& block) {
  const std::int64_t most = packed ? kBlockRows : rows;
  for (std::int64_t first = 0; first < rows; first += most) {
    block(first, std::min(most, rows - first));
  }
}

template <typename T>
void forward(const Layer& layer) {
  const std::int64_t groups = layer.size.groups, in = layer.size.in, out = layer.size.out;
  const std::int64_t x_stride = layer.size.x_stride(), y_stride = layer.size.y_stride();
  for_each_block(layer.size.rows, layer.packed, [&](std::int64_t first, std::int64_t count) {
    T* to = layer.y.data<T>() + first * y_stride;
    T* before = layer.kept.defined() ? layer.kept.data<T>() + first * y_stride : to;
    for (std::int64_t group = 0; group < groups; ++group) {
      const std::int64_t column = group * out;
      const cpu::MatrixView<T> input{layer.x.data<T>() + first * x_stride + group * in, x_stride,
                                     1};
      const T* bias = layer.bias.defined() ? layer.bias.data<T>() + column : nullptr;
      if (layer.packed && column % cpu::kPanelWidth<T> == 0) {
        const auto panels = static_cast<const T*>(layer.packed->forward);
        cpu::gemm_packed(count, out, in, input, cpu::packed_part(panels, in, 0, column),
                         before + column, y_stride, layer.start(), bias);
      } else {
        cpu::gemm(count, out, in, input,
                  cpu::transposed<T>(layer.weight.data<T>() + column * in, in), before + column,
                  y_stride, layer.start(), bias);
      }
    }
    if (layer.kept.defined()) {
      cpu::activate_keeping_slope(layer.activation, count * y_stride, before, to);
    } else if (layer.activation != Activation::none) {
      cpu::activate(layer.activation, count * y_stride, before, to);
    }
  });
}

template <typename T>
void forward_on_cuda(const Layer& layer) {
  const auto [groups, rows, in, out] = layer.size;
  cuda::matmul<T>({.m = rows,
                   .n = out,
                   .k = in,
                   .a = {layer.x.data<T>(), layer.size.x_stride(), 1},
                   .b = cpu::transposed<T>(layer.weight.data<T>(), in),
                   .c = layer.y.data<T>(),
                   .c_stride = layer.size.y_stride(),
                   .start = layer.start(),
                   .bias = data_or_null<T>(layer.bias),
                   .count = groups,
                   .a_step = in,
                   .b_step = out * in,
                   .c_step = out,
                   .bias_step = out,
                   .activation = layer.activation,
                   .before = data_or_null<T>(layer.kept)});
}

// Both ways back turn dy into the gradient before the activation: nobody reads it after this rule.

template <typename T>
void backward(const Layer& layer, Tape& tape, T* dy) {
  const std::int64_t groups = layer.size.groups, rows = layer.size.rows;
  const std::int64_t in = layer.size.in, out = layer.size.out;
  const std::int64_t x_stride = layer.size.x_stride(), y_stride = layer.size.y_stride();
  GradientSink dx{};
  if (layer.x.requires_gradient()) dx = tape.sink(layer.x);
  const bool packed = layer.packed && layer.packed->backward;
  for_each_block(rows, packed, [&](std::int64_t first, std::int64_t count) {
    T* upstream = dy + first * y_stride;
    if (layer.kept.defined()) {
      const T* slope = layer.kept.data<T>() + first * y_stride;
      for (std::int64_t i = 0; i < count * y_stride; ++i) upstream[i] *= slope[i];
    } else if (layer.activation != Activation::none) {
      cpu::activate_backward<T>(layer.activation, count * y_stride, nullptr,
                                layer.y.data<T>() + first * y_stride, upstream, upstream, false);
    }
    if (!dx.tensor.defined()) return;
    T* to = dx.tensor.data<T>() + first * x_stride;
    for (std::int64_t group = 0; group < groups; ++group) {
      const cpu::MatrixView<T> from{upstream + group * out, y_stride, 1};
      if (packed) {
        const auto panels = static_cast<const T*>(layer.packed->backward);
        cpu::gemm_packed(count, in, out, from,
                         cpu::packed_part(panels, groups * out, group * out, 0), to + group * in,
                         x_stride, start_of(dx));
      } else {
        cpu::gemm(count, in, out, from,
                  cpu::row_major<T>(layer.weight.data<T>() + group * out * in, in), to + group * in,
                  x_stride, start_of(dx));
      }
    }
  });
  if (layer.weight.requires_gradient()) {
    const GradientSink dw = tape.sink(layer.weight);
    for (std::int64_t group = 0; group < groups; ++group) {
      cpu::gemm<T>(out, in, rows, {dy + group * out, 1, y_stride},
                   {layer.x.data<T>() + group * in, x_stride, 1},
                   dw.tensor.data<T>() + group * out * in, in, start_of(dw));
    }
  }
  add_row_sums<T>(tape, layer.bias, rows, dy);
}

template <typename T>
void backward_on_cuda(const Layer& layer, Tape& tape, T* dy) {
  const std::int64_t groups = layer.size.groups, rows = layer.size.rows;
  const std::int64_t in = layer.size.in, out = layer.size.out;
  const std::int64_t x_stride = layer.size.x_stride(), y_stride = layer.size.y_stride();
  GradientSink dx{};
  if (layer.x.requires_gradient()) dx = tape.sink(layer.x);
  if (layer.activation != Activation::none) {
    cuda::activate_backward<T>(layer.activation, rows * y_stride, data_or_null<T>(layer.kept),
                               layer.y.data<T>(), dy, dy, false);
  }
  const auto to_input = [&] {
    if (!dx.tensor.defined()) return;
    cuda::matmul<T>({.m = rows,
                     .n = in,
                     .k = out,
                     .a = {dy, y_stride, 1},
                     .b = cpu::row_major<T>(layer.weight.data<T>(), in),
                     .c = dx.tensor.data<T>(),
                     .c_stride = x_stride,
                     .start = start_of(dx),
                     .count = groups,
                     .a_step = out,
                     .b_step = out * in,
                     .c_step = in});
  };
  const auto to_parameters = [&] {
    if (layer.weight.requires_gradient()) {
      const GradientSink dw = tape.sink(layer.weight);
      cuda::matmul<T>({.m = out,
                       .n = in,
                       .k = rows,
                       .a = {dy, 1, y_stride},
                       .b = {layer.x.data<T>(), x_stride, 1},
                       .c = dw.tensor.data<T>(),
                       .c_stride = in,
                       .start = start_of(dw),
                       .count = groups,
                       .a_step = out,
                       .b_step = in,
                       .c_step = out * in});
    }
    add_row_sums<T>(tape, layer.bias, rows, dy);
  };
  // Each alone may have too few tiles to fill a GPU. An x that is a parameter has its gradient.
  const bool apart = layer.x.raw() != layer.weight.raw() && layer.x.raw() != layer.bias.raw();
  if (dx.tensor.defined() && layer.weight.requires_gradient() && apart) {
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
                "{}: x {} and weight {} cannot be cut into {} groups", op, x.shape().text(),
                weight.shape().text(), groups);
  op::require_shape(op, "weight", weight, {weight.dim(0), x.shape().back() / groups});
  op::require_dtype(op, "weight", weight, x.dtype());
  if (bias.defined()) op::require_shape(op, "bias", bias, {weight.dim(0)});

  Tape& tape = op::tape_of({x, weight});
  const bool differentiates = op::differentiates(tape, {x, weight, bias});
  const Shape shape = x.shape().with_back(weight.dim(0));
  Layer layer{.size = {groups, x.shape().rows(), weight.dim(1), weight.dim(0) / groups},
              .activation = activation,
              .x = x,
              .weight = weight,
              .bias = bias,
              .y = tape.output(shape, x.dtype()),
              .kept = {},
              .packed = find_packed(tape, weight)};
  if (differentiates && keeps_more(activation)) layer.kept = tape.constant(shape, x.dtype());
  dispatch(x.dtype(), [&]<typename T>(T) {
    op::on_cuda(tape) ? forward_on_cuda<T>(layer) : forward<T>(layer);
  });
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
