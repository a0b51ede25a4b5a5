#include "models/ops/conv.h"

#include "models/ops/cpu/activation.h"
#include "models/ops/cpu/conv.h"
#include "models/ops/cuda/activation.h"
#include "models/ops/cuda/conv.h"
#include "models/ops/op.h"
#include "models/ops/row_sums.h"

namespace seqrl {
namespace {

// The weight (dim, kernel) as taps (kernel, dim).
template <typename T>
const T* taps_of(Tape& tape, op::ConvSize size, const Tensor& weight) {
  T* taps = tape.scratch<T>(weight.size());
  cpu::causal_conv_taps<T>(size, weight.data<T>(), taps);
  return taps;
}

// An op's result, and the input of its activation.
struct ConvOutput {
  Activation activation;
  Tensor before, y;
};

// Both backward functions replace dy by the gradient before the activation; nothing reads dy after
// this rule.

template <typename T>
void backward_on_cuda(Tape& tape, op::ConvSize size, const Tensor& x, const Tensor& weight,
                      const Tensor& bias, const Tensor& context, const ConvOutput& output, T* dy) {
  const std::int64_t rows = size.batch * size.time, count = cuda::RowParts(rows).count;
  if (output.activation != Activation::none) {  // this pass also sums the bias's gradient
    T* const sums = parts_for<T>(tape, bias, count);
    cuda::activate_backward_rows<T>(output.activation, rows, size.dim, output.before.data<T>(),
                                    output.y.data<T>(), dy, sums);
    add_part_sums<T>(tape, bias, count, sums);
  } else {
    add_row_sums<T>(tape, bias, rows, dy);
  }
  if (const op::Sink<T> dx = op::sink_of<T>(tape, x); dx.data) {
    cuda::causal_conv_backward_input<T>(size, dy, weight.data<T>(), dx.data, dx.accumulate);
  }
  if (T* parts = parts_for<T>(tape, weight, count)) {
    cuda::causal_conv_weight_parts<T>(size, x.data<T>(), op::data_or_null<T>(context), dy, parts);
    add_part_sums<T>(tape, weight, count, parts);
  }
}

template <typename T>
void backward(Tape& tape, op::ConvSize size, const Tensor& x, const Tensor& weight,
              const Tensor& bias, const Tensor& context, const ConvOutput& output, T* dy) {
  if (output.activation != Activation::none) {
    cpu::activate_backward<T>(output.activation, output.y.size(), output.before.data<T>(),
                              output.y.data<T>(), dy, dy, false);
  }
  if (const op::Sink<T> dx = op::sink_of<T>(tape, x); dx.data) {
    cpu::causal_conv_backward_input(size, dy, taps_of<T>(tape, size, weight),
                                    tape.zeros({size.dim}, x.dtype()).data<T>(), dx.data,
                                    dx.accumulate);
  }
  if (weight.requires_gradient()) {
    T* dtaps = op::zeros<T>(tape, weight.size());
    cpu::causal_conv_backward_taps(size, x.data<T>(), op::data_or_null<T>(context), dy, dtaps);
    cpu::causal_conv_add_taps<T>(size, dtaps, op::added_sink<T>(tape, weight));
  }
  add_row_sums<T>(tape, bias, size.batch * size.time, dy);
}

}  // namespace

Tensor causal_conv(const Tensor& x, const Tensor& weight, const Tensor& bias, const Tensor& context,
                   Activation activation) {
  const char* op = "causal_conv";
  SEQRL_REQUIRE(x.shape().rank() == 3 && weight.shape().rank() == 2,
                "causal_conv: x has shape {} and weight {}, expected three dimensions and two",
                x.shape().text(), weight.shape().text());
  const op::ConvSize size{x.dim(0), x.dim(1), x.dim(2), weight.dim(1)};
  SEQRL_REQUIRE(size.kernel >= 1 && size.kernel <= kLargestConvKernel,
                "causal_conv: the kernel spans {} tokens, expected 1 to {}", size.kernel,
                kLargestConvKernel);
  op::require_shape(op, "weight", weight, {size.dim, size.kernel});
  op::require_dtype(op, "weight", weight, x.dtype());
  if (bias.defined()) op::require_shape(op, "bias", bias, {size.dim});
  if (context.defined()) {
    op::require_shape(op, "context", context, {size.batch, size.kernel - 1, size.dim});
    op::require_dtype(op, "context", context, x.dtype());
  }

  Tape& tape = op::begin(op, {x, weight});
  const bool differentiates = op::differentiates(tape, {x, weight, bias});
  const Tensor y = tape.output(x.shape(), x.dtype());
  const bool keep = differentiates && activation != Activation::none;
  const Tensor before = keep ? tape.constant(x.shape(), x.dtype()) : y;
  dispatch(x.dtype(), [&]<typename T>(T) {
    if (op::on_cuda(tape)) {
      return cuda::causal_conv<T>(size, activation, x.data<T>(), weight.data<T>(),
                                  op::data_or_null<T>(bias), op::data_or_null<T>(context),
                                  keep ? before.data<T>() : nullptr, y.data<T>());
    }
    cpu::causal_conv(size, x.data<T>(), taps_of<T>(tape, size, weight), op::data_or_null<T>(bias),
                     op::data_or_null<T>(context), tape.zeros({size.dim}, x.dtype()).data<T>(),
                     before.data<T>());
    cpu::activate(activation, y.size(), before.data<T>(), y.data<T>());
  });
  if (differentiates) {
    tape.record([=, &tape] {
      const Tensor dy = tape.gradient(y);
      dispatch(x.dtype(), [&]<typename T>(T) {
        const auto rule = op::on_cuda(tape) ? backward_on_cuda<T> : backward<T>;
        rule(tape, size, x, weight, bias, context, {activation, before, y}, dy.data<T>());
      });
    });
  }
  return y;
}

}  // namespace seqrl
