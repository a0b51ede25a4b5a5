#include "models/ops/selective_scan.h"

#include "models/ops/cpu/selective_scan.h"
#include "models/ops/cuda/selective_scan.h"
#include "models/ops/op.h"
#include "models/ops/row_sums.h"

namespace seqrl {
namespace {

op::SelectiveScanSize checked_size(const SelectiveScanInputs& in, const Tensor& final_state) {
  const char* op = "selective_scan";
  SEQRL_REQUIRE(in.u.shape().rank() == 3 && in.a_log.shape().rank() == 2,
                "selective_scan: u has shape {} and a_log {}, expected three dimensions and two",
                in.u.shape().text(), in.a_log.shape().text());
  const op::SelectiveScanSize size{in.u.dim(0), in.u.dim(1), in.u.dim(2), in.a_log.dim(1)};
  const auto require = [&](const char* what, const Tensor& tensor, Shape shape) {
    op::require_shape(op, what, tensor, shape);
    op::require_dtype(op, what, tensor, in.u.dtype());
  };
  require("dt", in.dt, in.u.shape());
  require("dt_bias", in.dt_bias, {size.inner});
  require("a_log", in.a_log, {size.inner, size.state});
  require("b", in.b, {size.batch, size.time, size.state});
  require("c", in.c, {size.batch, size.time, size.state});
  require("d", in.d, {size.inner});
  const Shape state{size.batch, size.state, size.inner};
  if (in.h0.defined()) require("h0", in.h0, state);
  if (final_state.defined()) require("the final state", final_state, state);
  return size;
}

template <typename T>
cpu::SelectiveScanData<T> data_of(const SelectiveScanInputs& in, const T* a) {
  return {in.u.data<T>(), in.dt.data<T>(), in.dt_bias.data<T>(), a,
          in.b.data<T>(), in.c.data<T>(),  in.d.data<T>()};
}

template <typename T>
void backward(Tape& tape, op::SelectiveScanSize size, const SelectiveScanInputs& in, const T* a,
              const T* kept, const T* dy) {
  // The kernel adds to all gradients; those that are not required go to scratch.
  const auto sink = [&](const Tensor& input) {
    T* wanted = op::added_sink<T>(tape, input);
    return wanted ? wanted : op::zeros<T>(tape, input.size());
  };
  T* da = op::zeros<T>(tape, in.a_log.size());
  const cpu::SelectiveScanGradients<T> gradients{sink(in.u), sink(in.dt), sink(in.dt_bias), da,
                                                 sink(in.b), sink(in.c),  sink(in.d)};
  cpu::selective_scan_backward(size, data_of(in, a), kept, dy,
                               tape.scratch<T>(cpu::selective_scan_scratch(size)), gradients);
  if (T* da_log = op::added_sink<T>(tape, in.a_log)) {
    cpu::selective_scan_add_rates<T>(size, a, da, da_log);
  }
}

template <typename T>
void run_on_cuda(Tape& tape, op::SelectiveScanSize size, const SelectiveScanInputs& in,
                 const Tensor& final_state, const Tensor& y, bool differentiates) {
  const cuda::SelectiveInputs<T> data{in.u.data<T>(),     in.dt.data<T>(), in.dt_bias.data<T>(),
                                      in.a_log.data<T>(), in.b.data<T>(),  in.c.data<T>(),
                                      in.d.data<T>()};
  T* kept = nullptr;
  if (differentiates) {
    kept =
        tape.scratch<T>(size.batch * cuda::selective_chunks(size.time) * size.state * size.inner);
  }
  cuda::selective_scan<T>(size, data, op::data_or_null<T>(in.h0), y.data<T>(), kept,
                          op::data_or_null<T>(final_state));
  if (!differentiates) return;
  tape.record([=, &tape] {
    const T* dy = tape.gradient(y).data<T>();
    // The kernel writes all gradients; those that are not required go to scratch.
    const auto sink = [&](const Tensor& input) -> op::Sink<T> {
      if (!input.requires_gradient()) return {tape.scratch<T>(input.size()), false};
      return op::sink_of<T>(tape, input);
    };
    const auto parts = [&](const Tensor& input, std::int64_t count) {
      T* wanted = parts_for<T>(tape, input, count);
      return wanted ? wanted : tape.scratch<T>(count * input.size());
    };
    const std::int64_t groups = cuda::selective_groups(size.inner), batch = size.batch;
    const cuda::SelectiveParts<T> part{parts(in.b, groups), parts(in.c, groups),
                                       parts(in.a_log, batch), parts(in.dt_bias, batch),
                                       parts(in.d, batch)};
    const auto du = sink(in.u), ddt = sink(in.dt);
    cuda::selective_scan_backward<T>(size, data, kept, dy, du, ddt, part);
    add_part_sums<T>(tape, {{in.b, groups, part.b},
                            {in.c, groups, part.c},
                            {in.a_log, batch, part.a_log},
                            {in.dt_bias, batch, part.dt_bias},
                            {in.d, batch, part.d}});
  });
}

}  // namespace

Tensor selective_scan(const SelectiveScanInputs& in, const Tensor& final_state) {
  const op::SelectiveScanSize size = checked_size(in, final_state);
  Tape& tape = op::begin("selective_scan", {in.u, in.dt, in.b, in.c});
  const bool differentiates =
      op::differentiates(tape, {in.u, in.dt, in.dt_bias, in.a_log, in.b, in.c, in.d});
  const Tensor y = tape.output(in.u.shape(), in.u.dtype());
  dispatch(in.u.dtype(), [&]<typename T>(T) {
    if (op::on_cuda(tape)) {
      return run_on_cuda<T>(tape, size, in, final_state, y, differentiates);
    }
    T* a = tape.scratch<T>(in.a_log.size());
    cpu::selective_scan_rates<T>(size, in.a_log.data<T>(), a);
    T* kept =
        differentiates
            ? tape.scratch<T>(size.batch * cpu::scan_chunks(size.time) * size.state * size.inner)
            : nullptr;
    cpu::selective_scan(size, data_of(in, a), op::data_or_null<T>(in.h0), y.data<T>(), kept,
                        op::data_or_null<T>(final_state),
                        tape.scratch<T>(cpu::selective_scan_scratch(size)));
    if (differentiates) {
      tape.record([=, &tape] { backward<T>(tape, size, in, a, kept, tape.gradient(y).data<T>()); });
    }
  });
  return y;
}

}  // namespace seqrl
