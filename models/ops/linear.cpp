#include "models/ops/linear.h"

#include <algorithm>

#include "models/nn/packed_weights.h"
#include "models/ops/cpu/activation.h"
#include "models/ops/cpu/gemm.h"
#include "models/ops/cpu/reduce.h"
#include "models/ops/op.h"

namespace seqrl {
namespace {

// Rows that go through the activation and the product together: what one writes is still in the
// cache when the other reads it. A multiple of the product's tiles.
constexpr std::int64_t kBlockRows = 48;

// tanh, sigmoid and relu are differentiated at their result; of these the slope is kept.
bool keeps_slope(Activation activation) {
  return activation == Activation::gelu || activation == Activation::silu;
}

// Calls block(first, count) for all rows, a few at a time where the weight is packed for that.
template <typename Block>
void for_each_block(std::int64_t rows, bool packed, Block&& block) {
  const std::int64_t most = packed ? kBlockRows : rows;
  for (std::int64_t first = 0; first < rows; first += most) {
    block(first, std::min(most, rows - first));
  }
}

// `slope`, where it is defined, receives activation′.
template <typename T>
void forward(const PackedWeights::Panels* packed, const Tensor& x, const Tensor& weight,
             const Tensor& bias, Activation activation, const Tensor& slope, const Tensor& y) {
  const std::int64_t out = weight.dim(0), in = weight.dim(1);
  const cpu::Start start = bias.defined() ? cpu::Start::bias : cpu::Start::zero;
  const T* b = bias.defined() ? bias.data<T>() : nullptr;
  for_each_block(x.shape().rows(), packed, [&](std::int64_t first, std::int64_t count) {
    const auto input = cpu::row_major(x.data<T>() + first * in, in);
    T* to = y.data<T>() + first * out;
    T* before = slope.defined() ? slope.data<T>() + first * out : to;
    if (packed) {
      cpu::gemm_packed(count, out, in, input, static_cast<const T*>(packed->forward), before, out,
                       start, b);
    } else {
      cpu::gemm(count, out, in, input, cpu::transposed(weight.data<T>(), in), before, out, start,
                b);
    }
    if (slope.defined()) {
      cpu::activate_keeping_slope(activation, count * out, before, to);
    } else {
      cpu::activate(activation, count * out, before, to);
    }
  });
}

// Turns dy into the gradient before the activation: nobody reads dy after this rule.
template <typename T>
void backward(Tape& tape, const PackedWeights::Panels* packed, const Tensor& x,
              const Tensor& weight, const Tensor& bias, Activation activation, const Tensor& slope,
              const Tensor& y, T* dy) {
  const std::int64_t rows = x.shape().rows(), out = weight.dim(0), in = weight.dim(1);
  const auto start = [](bool accumulate) {
    return accumulate ? cpu::Start::accumulate : cpu::Start::zero;
  };
  GradientSink dx{};
  if (x.requires_gradient()) dx = tape.sink(x);
  for_each_block(rows, packed && packed->backward, [&](std::int64_t first, std::int64_t count) {
    T* upstream = dy + first * out;
    if (slope.defined()) {
      const T* by = slope.data<T>() + first * out;
      for (std::int64_t i = 0; i < count * out; ++i) upstream[i] *= by[i];
    } else if (activation != Activation::none) {
      cpu::activate_backward<T>(activation, count * out, nullptr, y.data<T>() + first * out,
                                upstream, upstream, false);
    }
    if (!dx.tensor.defined()) return;
    const auto from = cpu::row_major<T>(upstream, out);
    T* to = dx.tensor.data<T>() + first * in;
    if (packed && packed->backward) {
      cpu::gemm_packed(count, in, out, from, static_cast<const T*>(packed->backward), to, in,
                       start(dx.accumulate));
    } else {
      cpu::gemm(count, in, out, from, cpu::row_major(weight.data<T>(), in), to, in,
                start(dx.accumulate));
    }
  });
  if (weight.requires_gradient()) {
    const auto [dw, accumulate] = tape.sink(weight);
    cpu::gemm(out, in, rows, cpu::transposed<T>(dy, out), cpu::row_major(x.data<T>(), in),
              dw.data<T>(), in, start(accumulate));
  }
  if (bias.defined() && bias.requires_gradient()) {
    const auto [db, accumulate] = tape.sink(bias);
    cpu::sum_rows<T>(rows, out, dy, db.data<T>(), accumulate);
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
  Tensor slope;
  if (differentiates && keeps_slope(activation)) slope = tape.constant(shape, x.dtype());
  dispatch(x.dtype(),
           [&]<typename T>(T) { forward<T>(packed, x, weight, bias, activation, slope, y); });
  if (differentiates) {
    tape.record([=, &tape] {
      const Tensor dy = tape.gradient(y);
      dispatch(x.dtype(), [&]<typename T>(T) {
        backward<T>(tape, packed, x, weight, bias, activation, slope, y, dy.data<T>());
      });
    });
  }
  return y;
}

}  // namespace seqrl
