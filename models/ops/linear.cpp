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

template <typename T>
void multiply(const Tape& tape, std::int64_t m, std::int64_t n, std::int64_t k,
              cpu::MatrixView<T> a, cpu::MatrixView<T> b, T* c, std::int64_t c_stride,
              cpu::Start start, const T* bias = nullptr) {
  op::run(tape, cpu::gemm<T>, cuda::gemm<T>, m, n, k, a, b, c, c_stride, start, bias);
}

// Calls block(first, count) for all rows, a few at a time where the weight is packed for that.
template <typename Block>
void for_each_block(std::int64_t rows, bool packed, Block&& block) {
  const std::int64_t most = packed ? kBlockRows : rows;
  for (std::int64_t first = 0; first < rows; first += most) {
    block(first, std::min(most, rows - first));
  }
}

// `groups` layers side by side: one group's sizes. Its part of a row of x begins at group · in, of
// y at group · out; its rows of the weight at group · out.
struct Sizes {
  std::int64_t groups, rows, in, out;

  std::int64_t x_stride() const { return groups * in; }
  std::int64_t y_stride() const { return groups * out; }
};

// `kept`, where it is defined, receives what keeps_more() says.
template <typename T>
void forward(const Sizes& size, const Tape& tape, const PackedWeights::Panels* packed,
             const Tensor& x, const Tensor& weight, const Tensor& bias, Activation activation,
             const Tensor& kept, const Tensor& y) {
  const auto [groups, rows, in, out] = size;
  const cpu::Start start = bias.defined() ? cpu::Start::bias : cpu::Start::zero;
  for_each_block(rows, packed, [&](std::int64_t first, std::int64_t count) {
    T* to = y.data<T>() + first * size.y_stride();
    T* before = kept.defined() ? kept.data<T>() + first * size.y_stride() : to;
    for (std::int64_t group = 0; group < groups; ++group) {
      const std::int64_t column = group * out;
      const cpu::MatrixView<T> input{x.data<T>() + first * size.x_stride() + group * in,
                                     size.x_stride(), 1};
      const T* b = bias.defined() ? bias.data<T>() + column : nullptr;
      if (packed && column % cpu::kPanelWidth<T> == 0) {
        const auto panels = static_cast<const T*>(packed->forward);
        cpu::gemm_packed(count, out, in, input, cpu::packed_part(panels, in, 0, column),
                         before + column, size.y_stride(), start, b);
      } else {
        multiply<T>(tape, count, out, in, input,
                    cpu::transposed<T>(weight.data<T>() + column * in, in), before + column,
                    size.y_stride(), start, b);
      }
    }
    const std::int64_t elements = count * size.y_stride();
    if (kept.defined() && !op::on_cuda(tape)) {
      cpu::activate_keeping_slope(activation, elements, before, to);
    } else if (activation != Activation::none) {
      op::run(tape, cpu::activate<T>, cuda::activate<T>, activation, elements, before, to);
    }
  });
}

// Turns dy into the gradient before the activation: nobody reads dy after this rule.
template <typename T>
void backward(const Sizes& size, Tape& tape, const PackedWeights::Panels* packed, const Tensor& x,
              const Tensor& weight, const Tensor& bias, Activation activation, const Tensor& kept,
              const Tensor& y, T* dy) {
  const auto [groups, rows, in, out] = size;
  const auto start = [](bool accumulate) {
    return accumulate ? cpu::Start::accumulate : cpu::Start::zero;
  };
  GradientSink dx{};
  if (x.requires_gradient()) dx = tape.sink(x);
  const auto before_activation = [&](std::int64_t first, std::int64_t count) {
    T* upstream = dy + first * size.y_stride();
    const std::int64_t elements = count * size.y_stride();
    const T* by = kept.defined() ? kept.data<T>() + first * size.y_stride() : nullptr;
    if (by && !op::on_cuda(tape)) {
      for (std::int64_t i = 0; i < elements; ++i) upstream[i] *= by[i];
    } else if (activation != Activation::none) {
      op::run(tape, cpu::activate_backward<T>, cuda::activate_backward<T>, activation, elements, by,
              y.data<T>() + first * size.y_stride(), upstream, upstream, false);
    }
  };
  const auto to_input = [&](std::int64_t first, std::int64_t count) {
    if (!dx.tensor.defined()) return;
    T* to = dx.tensor.data<T>() + first * size.x_stride();
    for (std::int64_t group = 0; group < groups; ++group) {
      const cpu::MatrixView<T> from{dy + first * size.y_stride() + group * out, size.y_stride(), 1};
      if (packed && packed->backward) {
        const auto panels = static_cast<const T*>(packed->backward);
        cpu::gemm_packed(count, in, out, from,
                         cpu::packed_part(panels, groups * out, group * out, 0), to + group * in,
                         size.x_stride(), start(dx.accumulate));
      } else {
        multiply<T>(tape, count, in, out, from,
                    cpu::row_major<T>(weight.data<T>() + group * out * in, in), to + group * in,
                    size.x_stride(), start(dx.accumulate));
      }
    }
  };
  const auto to_parameters = [&] {
    if (weight.requires_gradient()) {
      const auto [dw, accumulate] = tape.sink(weight);
      for (std::int64_t group = 0; group < groups; ++group) {
        multiply<T>(tape, out, in, rows, {dy + group * out, 1, size.y_stride()},
                    {x.data<T>() + group * in, size.x_stride(), 1}, dw.data<T>() + group * out * in,
                    in, start(accumulate));
      }
    }
    add_row_sums<T>(tape, bias, rows, dy);
  };
  const bool apart = x.raw() != weight.raw() && x.raw() != bias.raw();  // so are their gradients
  if (op::on_cuda(tape) && dx.tensor.defined() && weight.requires_gradient() && apart) {
    before_activation(0, rows);
    // Each alone may have too few tiles to fill a GPU.
    return runtime_of(Device::cuda).overlap([&] { to_input(0, rows); }, to_parameters);
  }
  for_each_block(rows, packed && packed->backward, [&](std::int64_t first, std::int64_t count) {
    before_activation(first, count);
    to_input(first, count);
  });
  to_parameters();
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
  Tensor kept;
  if (differentiates && keeps_more(activation)) kept = tape.constant(shape, x.dtype());
  dispatch(x.dtype(), [&]<typename T>(T) {
    forward<T>(size, tape, packed, x, weight, bias, activation, kept, y);
  });
  if (differentiates) {
    tape.record([=, &tape] {
      const Tensor dy = tape.gradient(y);
      dispatch(x.dtype(), [&]<typename T>(T) {
        backward<T>(size, tape, packed, x, weight, bias, activation, kept, y, dy.data<T>());
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
