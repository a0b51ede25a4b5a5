#include "models/ops/scan.h"

#include "models/ops/cpu/scan.h"
#include "models/ops/cuda/scan.h"
#include "models/ops/op.h"

namespace seqrl {
namespace {

// Checks h0 against sequences (batch, time, dim); returns shared zeros if it is undefined.
Tensor initial(const char* op, Tape& tape, const Tensor& h0, const Shape& h, DType dtype) {
  if (!h0.defined()) return tape.zeros({h[2]}, dtype);
  SEQRL_REQUIRE(h0.shape() == Shape({h[2]}) || h0.shape() == Shape({h[0], h[2]}),
                "{}: h0 has shape {}, expected {} or {}", op, h0.shape().text(),
                Shape({h[0], h[2]}).text(), Shape({h[2]}).text());
  op::require_dtype(op, "h0", h0, dtype);
  return h0;
}

op::ScanSize scan_size(const Shape& h, const Tensor& h0) {
  return {h[0], h[1], h[2], h0.shape().rank() == 2 ? h[2] : 0};
}

// On the CPU the scratch is one carry; on CUDA it is larger.
template <typename T>
T* scratch_of(Tape& tape, op::ScanSize size) {
  return tape.scratch<T>(op::on_cuda(tape) ? cuda::scan_scratch(size) : size.dim);
}

// The common part of the min cells; `forward` and `backward` are generic over the element type.
template <typename Forward, typename Backward>
Tensor min_scan(const char* op, std::int64_t parts, const Tensor& gates, const Tensor& given_h0,
                Forward forward, Backward backward) {
  SEQRL_REQUIRE(gates.shape().rank() == 3 && gates.dim(2) % parts == 0,
                "{}: gates have shape {}, expected (batch, time, {} · dim)", op,
                gates.shape().text(), parts);
  Tape& tape = op::begin(op, {gates, given_h0});
  const Shape shape = gates.shape().with_back(gates.dim(2) / parts);
  const Tensor h0 = initial(op, tape, given_h0, shape, gates.dtype());
  const op::ScanSize size = scan_size(shape, h0);
  const Tensor h = tape.output(shape, gates.dtype());
  dispatch(gates.dtype(),
           [&]<typename T>(T) { forward(tape, size, gates.data<T>(), h0.data<T>(), h.data<T>()); });
  if (op::differentiates(tape, {gates, h0})) {
    tape.record([=, &tape] {
      const Tensor dh = tape.gradient(h);
      dispatch(gates.dtype(), [&]<typename T>(T) {
        op::Sink<T> dgates = op::sink_of<T>(tape, gates);
        T* sums = nullptr;  // of the gates' gradient: their layer usually has a bias
        if (!dgates.data) {
          dgates.data = tape.scratch<T>(gates.size());  // only h0 is learned
        } else if (op::on_cuda(tape) && !dgates.accumulate) {
          const std::int64_t count = cuda::scan_sums(size);
          sums = tape.scratch<T>(count * gates.dim(2));
          tape.keep_row_sums(gates, {sums, count});
        }
        backward(tape, sums, size, gates.data<T>(), h0.data<T>(), h.data<T>(), dh.data<T>(),
                 scratch_of<T>(tape, size), dgates, op::added_sink<T>(tape, h0));
      });
    });
  }
  return h;
}

}  // namespace

Tensor linear_recurrence(const Tensor& a, const Tensor& b, const Tensor& given_h0) {
  SEQRL_REQUIRE(a.shape().rank() == 3,
                "linear_recurrence: a has shape {}, expected three dimensions", a.shape().text());
  op::require_shape("linear_recurrence", "b", b, a.shape());
  op::require_dtype("linear_recurrence", "b", b, a.dtype());
  Tape& tape = op::begin("linear_recurrence", {a, b, given_h0});
  const Tensor h0 = initial("linear_recurrence", tape, given_h0, a.shape(), a.dtype());
  const op::ScanSize size = scan_size(a.shape(), h0);
  const Tensor h = tape.output(a.shape(), a.dtype());
  dispatch(a.dtype(), [&]<typename T>(T) {
    if (op::on_cuda(tape)) {
      cuda::linear_recurrence<T>(size, a.data<T>(), b.data<T>(), h0.data<T>(), h.data<T>(),
                                 scratch_of<T>(tape, size));
    } else {
      cpu::linear_recurrence(size, a.data<T>(), b.data<T>(), h0.data<T>(), h.data<T>());
    }
  });
  if (op::differentiates(tape, {a, b, h0})) {
    tape.record([=, &tape] {
      const Tensor dh = tape.gradient(h);
      dispatch(a.dtype(), [&]<typename T>(T) {
        const auto da = op::sink_of<T>(tape, a),
                   db = op::sink_of<T>(tape, b);  // in this order, because a may be b
        op::run(tape, cpu::linear_recurrence_backward<T>, cuda::linear_recurrence_backward<T>, size,
                a.data<T>(), h0.data<T>(), h.data<T>(), dh.data<T>(), scratch_of<T>(tape, size), da,
                db, op::added_sink<T>(tape, h0));
      });
    });
  }
  return h;
}

Tensor min_gru_scan(const Tensor& gates, const Tensor& h0, CandidateState state) {
  return min_scan(
      "min_gru_scan", 2, gates, h0,
      [state]<typename T>(Tape& tape, op::ScanSize size, const T* in, const T* start, T* h) {
        if (!op::on_cuda(tape)) return cpu::min_gru_scan(size, state, in, start, h);
        cuda::min_gru_scan<T>(size, state, in, start, h, scratch_of<T>(tape, size));
      },
      [state]<typename T>(Tape& tape, T* sums, op::ScanSize size, const T* in, auto... rest) {
        if (!op::on_cuda(tape)) return cpu::min_gru_scan_backward<T>(size, state, in, rest...);
        cuda::min_gru_scan_backward<T>(size, state, in, rest..., sums);
      });
}

Tensor min_lstm_scan(const Tensor& gates, const Tensor& h0, CandidateState state) {
  return min_scan(
      "min_lstm_scan", 3, gates, h0,
      [state]<typename T>(Tape& tape, op::ScanSize size, const T* in, const T* start, T* h) {
        if (!op::on_cuda(tape)) return cpu::min_lstm_scan(size, state, in, start, h);
        cuda::min_lstm_scan<T>(size, state, in, start, h, scratch_of<T>(tape, size));
      },
      [state]<typename T>(Tape& tape, T* sums, op::ScanSize size, const T* in, auto... rest) {
        if (!op::on_cuda(tape)) return cpu::min_lstm_scan_backward<T>(size, state, in, rest...);
        cuda::min_lstm_scan_backward<T>(size, state, in, rest..., sums);
      });
}

}  // namespace seqrl
