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

// The panels of Wᵀ or, for backward, of W: those that the owner of the parameters keeps, or packed
// here for this pass.
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

// A copy of the state that outlasts its overwriting, or zeros.
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

// dW = Σ d(W·h + b)ᵀ·h, h being that before each token, and db, over all tokens at once.
template <typename T>
void weight_gradients(Tape& tape, const op::Recurrence<T>& pass, const Tensor& weight,
                      const Tensor& bias) {
  const std::int64_t hidden = pass.hidden, width = weight.dim(0), tokens = pass.batch * pass.time;
  if (weight.requires_gradient()) {
    T* before = tape.scratch<T>(tokens * hidden);
    op::run(tape, cpu::states_before<T>, cuda::states_before<T>, pass, before);
    const op::Sink<T> dw = op::sink_of<T>(tape, weight);
    const auto gemm = op::on_cuda(tape) ? cuda::gemm<T> : cpu::gemm<T>;
    gemm(width, hidden, tokens, op::transposed<T>(pass.gates, width),
         op::row_major<T>(before, hidden), dw.data, hidden,
         dw.accumulate ? op::Start::accumulate : op::Start::zero, nullptr);
  }
  add_row_sums<T>(tape, bias, tokens, pass.gates);
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
                "{}: {} hidden units, CUDA's kernels take {} at most; use device: cpu", op, hidden,
                cuda::kLargestHidden);
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
  dispatch(dtype, [&]<typename T>(T type) {
    if (op::on_cuda(tape)) {
      return cuda::recurrent<T>(cell, pass(type), weight.data<T>(), bias.data<T>(),
                                tape.scratch<T>(cuda::recurrent_scratch(gates, hidden)));
    }
    cpu::recurrent<T>(cell, pass(type), panels_of<T>(tape, weight, false), bias.data<T>(),
                      tape.scratch<T>(batch * (gates + 1) * hidden));
  });
  end_at(tape, h, y);
  if (cell == RecurrentCell::lstm) end_at(tape, c, memory);
  if (op::differentiates(tape, {inputs, weight, bias})) {
    tape.record([=, &tape] {
      const Tensor dy = tape.gradient(y);
      GradientSink dx{tape.constant(inputs.shape(), dtype), false};
      if (inputs.requires_gradient()) dx = tape.sink(inputs);
      dispatch(dtype, [&]<typename T>(T type) {
        T* sum = dx.tensor.data<T>();
        if (op::on_cuda(tape)) {
          cuda::recurrent_backward<T>(cell, pass(type), weight.data<T>(), dy.data<T>(), sum,
                                      dx.accumulate,
                                      tape.scratch<T>(cuda::recurrent_scratch(gates, hidden)));
        } else {
          // The kernel writes its gradient: where there is one already it is added afterwards.
          T* fresh = dx.accumulate ? tape.scratch<T>(inputs.size()) : sum;
          cpu::recurrent_backward<T>(cell, pass(type), panels_of<T>(tape, weight, true),
                                     dy.data<T>(), fresh,
                                     tape.scratch<T>(batch * (gates + 2) * hidden));
          if (dx.accumulate) cpu::assign<T>(inputs.size(), fresh, sum, true);
        }
        weight_gradients<T>(tape, pass(type), weight, bias);
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
  SEQRL_REQUIRE(h.defined() == c.defined(), "lstm: the state is h and c, one of them is missing");
  return recurrent("lstm", RecurrentCell::lstm, inputs, weight, bias, h, c);
}

}  // namespace seqrl
