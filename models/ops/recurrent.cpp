#include "models/ops/recurrent.h"

#include "models/ops/cpu/elementwise.h"
#include "models/ops/cpu/gemm.h"
#include "models/ops/cpu/rearrange.h"
#include "models/ops/cpu/recurrent.h"
#include "models/ops/cuda/gemm.h"
#include "models/ops/cuda/rearrange.h"
#include "models/ops/cuda/recurrent.h"
#include "models/ops/op.h"
#include "models/ops/row_sums.h"

namespace seqrl {
namespace {

using op::RecurrentCell;

// The panels of Wᵀ or, for backward, of W: kept by the owner of the parameters, or packed here for
// this pass.
template <typename T>
const T* panels_of(Tape& tape, const Tensor& weight, bool backward) {
  const WeightPanels::Panels all = tape.find_panels(weight);
  if (const void* kept = backward ? all.backward : all.forward) return static_cast<const T*>(kept);
  const std::int64_t out = weight.dim(0), in = weight.dim(1);
  if (backward) {
    T* panels = tape.scratch<T>(cpu::packed_size<T>(out, in));
    cpu::pack(op::row_major<T>(weight.data<T>(), in), out, in, panels);
    return panels;
  }
  T* panels = tape.scratch<T>(cpu::packed_size<T>(in, out));
  cpu::pack(op::transposed<T>(weight.data<T>(), in), in, out, panels);
  return panels;
}

// A copy of the state, which is overwritten later; or zeros if it is undefined.
Tensor start_of(Tape& tape, const Tensor& state, Shape shape, DType dtype) {
  if (!state.defined()) return tape.zeros(shape, dtype);
  const Tensor start = tape.constant(shape, dtype);
  copy(state, start);
  return start;
}

// Overwrites the state with the last token of `all` (batch, time, hidden).
void end_at(const Tape& tape, const Tensor& state, const Tensor& all) {
  const std::int64_t batch = all.dim(0), time = all.dim(1), hidden = all.dim(2);
  if (!state.defined() || time == 0) return;
  dispatch(all.dtype(), [&]<typename T>(T) {
    op::run(tape, cpu::copy_rows<T>, cuda::copy_rows<T>, batch, hidden,
            all.data<T>() + (time - 1) * hidden, time * hidden, state.data<T>(), hidden, false);
  });
}

// dW = Σ d(W·h + b)ᵀ·h over all tokens at once, with h from `before`, the state before each token.
template <typename T>
void weight_gradient(Tape& tape, const op::Recurrence<T>& pass, const T* before,
                     const Tensor& weight) {
  const op::Sink<T> dw = op::sink_of<T>(tape, weight);
  const std::int64_t hidden = pass.hidden, width = weight.dim(0), tokens = pass.batch * pass.time;
  const auto gemm = op::on_cuda(tape) ? cuda::gemm<T> : cpu::gemm<T>;
  gemm(width, hidden, tokens, op::transposed<T>(pass.gates, width),
       op::row_major<T>(before, hidden), dw.data, hidden,
       dw.accumulate ? op::Start::accumulate : op::Start::zero, nullptr);
}

// Both backward functions write the gradient of the inputs to `dx` and replace pass.gates by the
// gradient of W·h + b.

template <typename T>
void backward(Tape& tape, RecurrentCell cell, const op::Recurrence<T>& pass, const Tensor& weight,
              const Tensor& bias, const T* dy, const op::Sink<T>& dx) {
  const std::int64_t gates = op::gates_of(cell), tokens = pass.batch * pass.time;
  const std::int64_t size = tokens * gates * pass.hidden;
  // The kernel overwrites its output, so an existing gradient is added to afterwards.
  T* fresh = dx.accumulate ? tape.scratch<T>(size) : dx.data;
  cpu::recurrent_backward<T>(cell, pass, panels_of<T>(tape, weight, true), dy, fresh,
                             tape.scratch<T>(pass.batch * (gates + 2) * pass.hidden));
  if (dx.accumulate) cpu::assign<T>(size, fresh, dx.data, true);
  if (weight.requires_gradient()) {
    T* before = tape.scratch<T>(tokens * pass.hidden);
    cpu::states_before<T>(pass, before);
    weight_gradient<T>(tape, pass, before, weight);
  }
  add_row_sums<T>(tape, bias, tokens, pass.gates);
}

template <typename T>
void backward_on_cuda(Tape& tape, RecurrentCell cell, const op::Recurrence<T>& pass,
                      const T* packed, const Tensor& inputs, const Tensor& weight,
                      const Tensor& bias, const T* dy, const op::Sink<T>& dx) {
  if (pass.time == 0) return;
  // Sums of each sequence, for the bias and for the bias of the layer that computed the inputs.
  const std::int64_t count = pass.batch;
  const bool sums = inputs.requires_gradient() && !dx.accumulate;
  const cuda::RecurrentGradients<T> to{
      weight.requires_gradient() ? tape.scratch<T>(pass.batch * pass.time * pass.hidden) : nullptr,
      sums ? tape.scratch<T>(count * inputs.dim(2)) : nullptr, parts_for<T>(tape, bias, count)};
  if (sums) tape.keep_row_sums(inputs, {to.input_sums, count});
  cuda::recurrent_backward<T>(cell, pass, packed, dy, dx.data, dx.accumulate, to);
  if (to.before) weight_gradient<T>(tape, pass, to.before, weight);
  add_part_sums<T>(tape, bias, count, to.bias_sums);
}

Tensor recurrent(const char* op, RecurrentCell cell, const Tensor& inputs, const Tensor& weight,
                 const Tensor& bias, const Tensor& h, const Tensor& c) {
  const std::int64_t gates = op::gates_of(cell);
  SEQRL_REQUIRE(inputs.shape().rank() == 3 && inputs.dim(2) % gates == 0,
                "{}: inputs have shape {}, expected (batch, time, {}·hidden)", op,
                inputs.shape().text(), gates);
  const std::int64_t batch = inputs.dim(0), time = inputs.dim(1), hidden = inputs.dim(2) / gates;
  const DType dtype = inputs.dtype();
  op::require_shape(op, "weight", weight, {gates * hidden, hidden});
  op::require_shape(op, "bias", bias, {gates * hidden});
  op::require_dtype(op, "weight", weight, dtype);
  op::require_dtype(op, "bias", bias, dtype);
  for (const Tensor& state : {h, c}) {
    if (!state.defined()) continue;
    op::require_shape(op, "the state", state, {batch, hidden});
    op::require_dtype(op, "the state", state, dtype);
  }

  Tape& tape = op::begin(op, {inputs, weight});
  SEQRL_REQUIRE(!op::on_cuda(tape) || hidden <= cuda::kLargestHidden,
                "{}: {} hidden units, but CUDA's kernels support at most {}; use device: cpu", op,
                hidden, cuda::kLargestHidden);
  const Tensor y = tape.output({batch, time, hidden}, dtype);
  const Tensor values = tape.constant(inputs.shape(), dtype);
  const Tensor memory = tape.constant(y.shape(), dtype);
  const Tensor h0 = start_of(tape, h, {batch, hidden}, dtype);
  const Tensor c0 = start_of(tape, c, {batch, hidden}, dtype);
  const auto pass = [=]<typename T>(T) -> op::Recurrence<T> {
    return {batch,        time,         hidden,           inputs.data<T>(),
            h0.data<T>(), c0.data<T>(), values.data<T>(), memory.data<T>(),
            y.data<T>()};
  };
  const bool differentiates = op::differentiates(tape, {inputs, weight, bias});
  Tensor packed;  // on CUDA
  if (op::on_cuda(tape)) {
    const std::int64_t size = cuda::recurrent_packed(gates, hidden);
    packed = tape.constant({differentiates ? 2 * size : size}, dtype);
  }
  dispatch(dtype, [&]<typename T>(T type) {
    if (op::on_cuda(tape)) {
      return cuda::recurrent<T>(cell, pass(type), weight.data<T>(), bias.data<T>(), differentiates,
                                packed.data<T>());
    }
    cpu::recurrent<T>(cell, pass(type), panels_of<T>(tape, weight, false), bias.data<T>(),
                      tape.scratch<T>(batch * (gates + 1) * hidden));
  });
  end_at(tape, h, y);
  if (cell == RecurrentCell::lstm) end_at(tape, c, memory);
  if (differentiates) {
    tape.record([=, &tape] {
      const Tensor dy = tape.gradient(y);
      dispatch(dtype, [&]<typename T>(T type) {
        op::Sink<T> dx = op::sink_of<T>(tape, inputs);
        if (!dx.data) dx.data = tape.scratch<T>(inputs.size());
        if (op::on_cuda(tape)) {
          return backward_on_cuda<T>(tape, cell, pass(type), packed.data<T>(), inputs, weight, bias,
                                     dy.data<T>(), dx);
        }
        backward<T>(tape, cell, pass(type), weight, bias, dy.data<T>(), dx);
      });
    });
  }
  return y;
}

}  // namespace

Tensor gru(const Tensor& inputs, const Tensor& weight, const Tensor& bias, const Tensor& h) {
  return recurrent("gru", RecurrentCell::gru, inputs, weight, bias, h, {});
}

Tensor lstm(const Tensor& inputs, const Tensor& weight, const Tensor& bias, const Tensor& h,
            const Tensor& c) {
  SEQRL_REQUIRE(h.defined() == c.defined(),
                "lstm: the state needs both h and c, but one of them is missing");
  return recurrent("lstm", RecurrentCell::lstm, inputs, weight, bias, h, c);
}

}  // namespace seqrl
