#include "models/ops/elementwise.h"

#include "models/ops/cpu/dropout.h"
#include "models/ops/cpu/math.h"
#include "models/ops/cuda/elementwise.h"
#include "models/ops/op.h"

namespace seqrl {
namespace {

// Writes or adds f(i) to dx[i] for i in [0, n).
template <typename T, typename F>
void put(const GradientSink& sink, std::int64_t n, F f) {
  T* dx = sink.tensor.data<T>();
  if (sink.accumulate) {
    for (std::int64_t i = 0; i < n; ++i) dx[i] += f(i);
  } else {
    for (std::int64_t i = 0; i < n; ++i) dx[i] = f(i);
  }
}

// Adds dy, the gradient of y, to that of an input.
template <typename T>
void put_same(Tape& tape, const Tensor& y, const Tensor& dy, const Tensor& input) {
  if (tape.hand_on(y, input)) return;
  const GradientSink sink = tape.sink(input);
  const T* upstream = dy.data<T>();
  if (op::on_cuda(tape)) {
    cuda::assign<T>(dy.size(), upstream, sink.tensor.data<T>(), sink.accumulate);
  } else {
    put<T>(sink, dy.size(), [=](std::int64_t i) { return upstream[i]; });
  }
}

// Writes or adds a ⊙ b.
template <typename T>
void put_product(const GradientSink& sink, const T* a, const T* b) {
  const auto& [to, accumulate] = sink;
  if (to.device() == Device::cuda) {
    cuda::multiply<T>(to.size(), a, b, to.data<T>(), accumulate);
  } else {
    put<T>(sink, to.size(), [=](std::int64_t i) { return a[i] * b[i]; });
  }
}

// What y, dropout of `branch` added to `residual` unless that is undefined, hands back.
template <typename T>
void drop_backward(Tape& tape, const Tensor& residual, const Tensor& branch,
                   const Tape::DropoutKey& key, double p, const Tensor& y) {
  const Tensor dy = tape.gradient(y);
  const T* upstream = dy.data<T>();
  GradientSink to_residual{}, to_branch{};
  if (residual.defined() && residual.requires_gradient() && !tape.hand_on(y, residual)) {
    to_residual = tape.sink(residual);
  }
  if (branch.requires_gradient()) to_branch = tape.sink(branch);
  if (!to_residual.tensor.defined() && !to_branch.tensor.defined()) return;
  if (op::on_cuda(tape)) {
    const auto data = [](const Tensor& to) { return to.defined() ? to.data<T>() : nullptr; };
    return cuda::dropout_backward<T>({key, p}, dy.size(), upstream, data(to_branch.tensor),
                                     to_branch.accumulate, data(to_residual.tensor),
                                     to_residual.accumulate);
  }
  if (to_residual.tensor.defined()) {
    put<T>(to_residual, dy.size(), [=](std::int64_t i) { return upstream[i]; });
  }
  if (!to_branch.tensor.defined()) return;
  // The mask that forward drew.
  const auto visit = [=, dx = to_branch.tensor.data<T>(), accumulate = to_branch.accumulate](
                         std::int64_t first, std::int64_t count, const T* scale) {
    for (std::int64_t i = first; i < first + count; ++i) {
      dx[i] = (accumulate ? dx[i] : T(0)) + upstream[i] * scale[i - first];
    }
  };
  cpu::for_each_dropout_scale<T>(key, p, dy.size(), visit);
}

void require_alike(const char* op, const Tensor& a, const Tensor& b) {
  op::require_shape(op, "the second input", b, a.shape());
  op::require_dtype(op, "the second input", b, a.dtype());
}

}  // namespace

Tensor add(const Tensor& a, const Tensor& b) {
  require_alike("add", a, b);
  Tape& tape = op::tape_of({a, b});
  const Tensor y = tape.output(a.shape(), a.dtype());
  const std::int64_t n = a.size();
  dispatch(a.dtype(), [&]<typename T>(T) {
    const T *p = a.data<T>(), *q = b.data<T>();
    T* out = y.data<T>();
    if (op::on_cuda(tape)) return cuda::add<T>(n, p, q, out);
    for (std::int64_t i = 0; i < n; ++i) out[i] = p[i] + q[i];
  });
  if (op::differentiates(tape, {a, b})) {
    tape.record([=, &tape] {
      const Tensor dy = tape.gradient(y);
      dispatch(a.dtype(), [&]<typename T>(T) {
        for (const Tensor& input : {a, b}) {
          if (input.requires_gradient()) put_same<T>(tape, y, dy, input);
        }
      });
    });
  }
  return y;
}

Tensor multiply(const Tensor& a, const Tensor& b) {
  require_alike("multiply", a, b);
  Tape& tape = op::tape_of({a, b});
  const Tensor y = tape.output(a.shape(), a.dtype());
  const std::int64_t n = a.size();
  dispatch(a.dtype(), [&]<typename T>(T) {
    const T *p = a.data<T>(), *q = b.data<T>();
    T* out = y.data<T>();
    if (op::on_cuda(tape)) return cuda::multiply<T>(n, p, q, out, false);
    for (std::int64_t i = 0; i < n; ++i) out[i] = p[i] * q[i];
  });
  if (op::differentiates(tape, {a, b})) {
    tape.record([=, &tape] {
      const Tensor dy = tape.gradient(y);
      dispatch(a.dtype(), [&]<typename T>(T) {
        const T *upstream = dy.data<T>(), *p = a.data<T>(), *q = b.data<T>();
        if (a.requires_gradient()) put_product(tape.sink(a), upstream, q);
        if (b.requires_gradient()) put_product(tape.sink(b), upstream, p);
      });
    });
  }
  return y;
}

Tensor gate_silu(const Tensor& a, const Tensor& gate) {
  require_alike("gate_silu", a, gate);
  Tape& tape = op::tape_of({a, gate});
  const Tensor y = tape.output(a.shape(), a.dtype());
  const std::int64_t n = a.size();
  dispatch(a.dtype(), [&]<typename T>(T) {
    const T *p = a.data<T>(), *g = gate.data<T>();
    T* out = y.data<T>();
    if (op::on_cuda(tape)) return cuda::gate_silu<T>(n, p, g, out, false);
    for (std::int64_t i = 0; i < n; ++i) out[i] = p[i] * cpu::silu(g[i]);
  });
  if (op::differentiates(tape, {a, gate})) {
    tape.record([=, &tape] {
      const Tensor dy = tape.gradient(y);
      dispatch(a.dtype(), [&]<typename T>(T) {
        const T *upstream = dy.data<T>(), *p = a.data<T>(), *g = gate.data<T>();
        if (op::on_cuda(tape)) {
          if (a.requires_gradient()) {
            const auto [da, add] = tape.sink(a);
            cuda::gate_silu<T>(n, upstream, g, da.template data<T>(), add);
          }
          if (gate.requires_gradient()) {
            const auto [dgate, add] = tape.sink(gate);
            cuda::gate_silu_backward<T>(n, upstream, p, g, dgate.template data<T>(), add);
          }
          return;
        }
        if (a.requires_gradient()) {
          put<T>(tape.sink(a), n, [=](std::int64_t i) { return upstream[i] * cpu::silu(g[i]); });
        }
        if (gate.requires_gradient()) {
          put<T>(tape.sink(gate), n, [=](std::int64_t i) {
            return upstream[i] * p[i] * cpu::silu_with_slope(g[i]).slope;
          });
        }
      });
    });
  }
  return y;
}

Tensor dropout(const Tensor& x, double p) {
  Tape& tape = op::tape_of({x});
  if (!tape.training() || p <= 0) return x;
  const Tensor y = tape.output(x.shape(), x.dtype());
  const Tape::DropoutKey key = tape.next_dropout();
  dispatch(x.dtype(), [&]<typename T>(T) {
    const T* in = x.data<T>();
    T* out = y.data<T>();
    if (op::on_cuda(tape)) {
      return cuda::dropout<T>({key, p}, x.size(), nullptr, in, out, false);
    }
    cpu::for_each_dropout_scale<T>(key, p, x.size(),
                                   [=](std::int64_t first, std::int64_t count, const T* scale) {
                                     for (std::int64_t i = 0; i < count; ++i)
                                       out[first + i] = in[first + i] * scale[i];
                                   });
  });
  if (op::differentiates(tape, {x})) {
    tape.record([=, &tape] {
      dispatch(x.dtype(), [&]<typename T>(T) { drop_backward<T>(tape, {}, x, key, p, y); });
    });
  }
  return y;
}

Tensor add_dropout(const Tensor& residual, const Tensor& branch, double p) {
  Tape& tape = op::tape_of({residual, branch});
  if (!tape.training() || p <= 0) return add(residual, branch);
  require_alike("add_dropout", residual, branch);
  const Tensor y = tape.output(residual.shape(), residual.dtype());
  const Tape::DropoutKey key = tape.next_dropout();
  dispatch(residual.dtype(), [&]<typename T>(T) {
    const T *r = residual.data<T>(), *b = branch.data<T>();
    T* out = y.data<T>();
    if (op::on_cuda(tape)) return cuda::dropout<T>({key, p}, y.size(), r, b, out, false);
    cpu::for_each_dropout_scale<T>(key, p, y.size(),
                                   [=](std::int64_t first, std::int64_t count, const T* scale) {
                                     for (std::int64_t i = 0; i < count; ++i) {
                                       out[first + i] = r[first + i] + b[first + i] * scale[i];
                                     }
                                   });
  });
  if (op::differentiates(tape, {residual, branch})) {
    tape.record([=, &tape] {
      dispatch(y.dtype(),
               [&]<typename T>(T) { drop_backward<T>(tape, residual, branch, key, p, y); });
    });
  }
  return y;
}

}  // namespace seqrl
