#include "models/ops/elementwise.h"

#include "models/ops/cpu/elementwise.h"
#include "models/ops/cuda/elementwise.h"
#include "models/ops/op.h"

namespace seqrl {
namespace {

// Adds dy, the gradient of y, to the gradient of an input.
template <typename T>
void pass_on(Tape& tape, const Tensor& y, const Tensor& dy, const Tensor& input) {
  if (!input.requires_gradient() || tape.move_gradient(y, input)) return;
  const op::Sink<T> dx = op::sink_of<T>(tape, input);
  op::run(tape, cpu::assign<T>, cuda::assign<T>, dy.size(), dy.data<T>(), dx.data, dx.accumulate);
}

// The backward rule of drop().
template <typename T>
void drop_backward(Tape& tape, const Tensor& residual, const Tensor& branch,
                   const op::DropoutRule& rule, const Tensor& y) {
  const Tensor dy = tape.gradient(y);
  op::Sink<T> dresidual{};
  if (op::wants_gradient(residual) && !tape.move_gradient(y, residual)) {
    dresidual = op::sink_of<T>(tape, residual);
  }
  const op::Sink<T> dbranch = op::sink_of<T>(tape, branch);
  if (!dresidual.data && !dbranch.data) return;
  op::run(tape, cpu::dropout_backward<T>, cuda::dropout_backward<T>, rule, dy.size(), dy.data<T>(),
          dbranch.data, dbranch.accumulate, dresidual.data, dresidual.accumulate);
}

// y = residual + dropout(branch, p), in a training pass; without the residual if it is undefined.
Tensor drop(Tape& tape, const Tensor& residual, const Tensor& branch, double p) {
  const Tensor y = tape.output(branch.shape(), branch.dtype());
  const op::DropoutRule rule(tape.next_dropout(), p);
  dispatch(y.dtype(), [&]<typename T>(T) {
    op::run(tape, cpu::dropout<T>, cuda::dropout<T>, rule, y.size(), op::data_or_null<T>(residual),
            branch.data<T>(), y.data<T>());
  });
  if (op::differentiates(tape, {residual, branch})) {
    tape.record([=, &tape] {
      dispatch(y.dtype(),
               [&]<typename T>(T) { drop_backward<T>(tape, residual, branch, rule, y); });
    });
  }
  return y;
}

void require_alike(const char* op, const Tensor& a, const Tensor& b) {
  op::require_shape(op, "the second input", b, a.shape());
  op::require_dtype(op, "the second input", b, a.dtype());
}

}  // namespace

Tensor add(const Tensor& a, const Tensor& b) {
  require_alike("add", a, b);
  Tape& tape = op::begin("add", {a, b});
  const Tensor y = tape.output(a.shape(), a.dtype());
  dispatch(a.dtype(), [&]<typename T>(T) {
    op::run(tape, cpu::add<T>, cuda::add<T>, a.size(), a.data<T>(), b.data<T>(), y.data<T>());
  });
  if (op::differentiates(tape, {a, b})) {
    tape.record([=, &tape] {
      const Tensor dy = tape.gradient(y);
      dispatch(a.dtype(), [&]<typename T>(T) {
        for (const Tensor& input : {a, b}) pass_on<T>(tape, y, dy, input);
      });
    });
  }
  return y;
}

Tensor multiply(const Tensor& a, const Tensor& b) {
  require_alike("multiply", a, b);
  Tape& tape = op::begin("multiply", {a, b});
  const Tensor y = tape.output(a.shape(), a.dtype());
  dispatch(a.dtype(), [&]<typename T>(T) {
    op::run(tape, cpu::multiply<T>, cuda::multiply<T>, a.size(), a.data<T>(), b.data<T>(),
            y.data<T>(), false);
  });
  if (op::differentiates(tape, {a, b})) {
    tape.record([=, &tape] {
      const Tensor dy = tape.gradient(y);
      dispatch(a.dtype(), [&]<typename T>(T) {
        const auto backward = [&](const Tensor& input, const Tensor& other) {
          if (!input.requires_gradient()) return;
          const op::Sink<T> dx = op::sink_of<T>(tape, input);
          op::run(tape, cpu::multiply<T>, cuda::multiply<T>, dy.size(), dy.data<T>(),
                  other.data<T>(), dx.data, dx.accumulate);
        };
        backward(a, b);
        backward(b, a);
      });
    });
  }
  return y;
}

Tensor gate_silu(const Tensor& a, const Tensor& gate) {
  require_alike("gate_silu", a, gate);
  Tape& tape = op::begin("gate_silu", {a, gate});
  const Tensor y = tape.output(a.shape(), a.dtype());
  const std::int64_t n = a.size();
  dispatch(a.dtype(), [&]<typename T>(T) {
    op::run(tape, cpu::gate_silu<T>, cuda::gate_silu<T>, n, a.data<T>(), gate.data<T>(),
            y.data<T>(), false);
  });
  if (op::differentiates(tape, {a, gate})) {
    tape.record([=, &tape] {
      const Tensor dy = tape.gradient(y);
      dispatch(a.dtype(), [&]<typename T>(T) {
        const op::Sink<T> da = op::sink_of<T>(tape, a), dgate = op::sink_of<T>(tape, gate);
        if (op::on_cuda(tape)) {
          return cuda::gate_silu_backward<T>(n, dy.data<T>(), a.data<T>(), gate.data<T>(), da,
                                             dgate);
        }
        if (da.data) {
          cpu::gate_silu<T>(n, dy.data<T>(), gate.data<T>(), da.data, da.accumulate);
        }
        if (dgate.data) {
          cpu::gate_silu_backward<T>(n, dy.data<T>(), a.data<T>(), gate.data<T>(), dgate.data,
                                     dgate.accumulate);
        }
      });
    });
  }
  return y;
}

Tensor dropout(const Tensor& x, double p) {
  Tape& tape = op::begin("dropout", {x});
  if (!tape.training() || p <= 0) return x;
  return drop(tape, {}, x, p);
}

Tensor add_dropout(const Tensor& residual, const Tensor& branch, double p) {
  Tape& tape = op::begin("add_dropout", {residual, branch});
  if (!tape.training() || p <= 0) return add(residual, branch);
  require_alike("add_dropout", residual, branch);
  return drop(tape, residual, branch, p);
}

}  // namespace seqrl
