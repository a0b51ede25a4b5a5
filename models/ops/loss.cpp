#include "models/ops/loss.h"

#include "models/ops/cpu/loss.h"
#include "models/ops/cuda/loss.h"
#include "models/ops/op.h"

namespace seqrl {
namespace {

void require_count(const char* op, const char* otherwise, const Tape& tape, const MeanCount& count,
                   DType dtype) {
  if (!count.on_device.defined()) {
    SEQRL_REQUIRE(count.number > 0, "{}: {}", op, otherwise);
    return;
  }
  SEQRL_CHECK(op::on_cuda(tape) && count.on_device.size() == 1 && count.on_device.dtype() == dtype);
}

}  // namespace

Tensor masked_mean_squared_error(const Tensor& prediction, const Tensor& target, const Tensor& mask,
                                 const MeanCount& count) {
  constexpr const char* kOp = "masked_mean_squared_error";
  op::require_shape(kOp, "target", target, prediction.shape());
  const std::int64_t rows = prediction.shape().rows(), dim = prediction.shape().back();
  SEQRL_REQUIRE(mask.size() == rows, "{}: mask has shape {}, expected {} elements", kOp,
                mask.shape().text(), rows);
  Tape& tape = op::begin("masked_mean_squared_error", {prediction});
  require_count(kOp, "the whole batch is masked", tape, count, prediction.dtype());
  const double scale = 1.0 / (count.number * static_cast<double>(dim));
  const Tensor divisor = count.on_device;
  const Tensor loss = tape.output({1}, prediction.dtype());
  dispatch(prediction.dtype(), [&]<typename T>(T) {
    const T *p = prediction.data<T>(), *t = target.data<T>(), *m = mask.data<T>();
    if (op::on_cuda(tape)) {
      return cuda::squared_error<T>(rows, dim, p, t, m, scale, op::data_or_null<T>(divisor),
                                    loss.data<T>(), tape.scratch<double>(rows));
    }
    cpu::squared_error<T>(rows, dim, p, t, m, scale, loss.data<T>());
  });
  if (op::differentiates(tape, {prediction})) {
    tape.record([=, &tape] {
      const Tensor upstream = tape.gradient(loss);
      dispatch(prediction.dtype(), [&]<typename T>(T) {
        const T *p = prediction.data<T>(), *t = target.data<T>(), *m = mask.data<T>();
        const T factor = static_cast<T>(2 * scale);
        const op::Sink<T> dx = op::sink_of<T>(tape, prediction);
        if (op::on_cuda(tape)) {
          return cuda::squared_error_backward<T>(rows, dim, p, t, m, factor,
                                                 op::data_or_null<T>(divisor), upstream.data<T>(),
                                                 dx.data, dx.accumulate);
        }
        cpu::squared_error_backward<T>(rows, dim, p, t, m, factor, upstream.data<T>(), dx.data,
                                       dx.accumulate);
      });
    });
  }
  return loss;
}

Tensor cross_entropy(const Tensor& logits, const Tensor& targets, const MeanCount& count) {
  constexpr const char* kOp = "cross_entropy";
  SEQRL_REQUIRE(logits.shape().rank() >= 1 && logits.shape().back() >= 1,
                "{}: logits have shape {}, expected (..., classes)", kOp, logits.shape().text());
  const std::int64_t rows = logits.shape().rows(), classes = logits.shape().back();
  op::require_dtype(kOp, "targets", targets, DType::i32);
  SEQRL_REQUIRE(targets.size() == rows, "{}: targets have shape {}, expected {} elements", kOp,
                targets.shape().text(), rows);
  Tape& tape = op::begin("cross_entropy", {logits});
  require_count(kOp, "no row has a target", tape, count, logits.dtype());
  if (!op::on_cuda(tape)) {  // on CUDA the kernel returns NaN
    for (const std::int32_t target : targets.span<std::int32_t>()) {
      SEQRL_REQUIRE(target < classes, "{}: target {} is not below the {} classes", kOp, target,
                    classes);
    }
  }
  const Tensor loss = tape.output({1}, logits.dtype());
  const Tensor log_sums = tape.constant({rows}, logits.dtype());
  const Tensor divisor = count.on_device;
  dispatch(logits.dtype(), [&, number = count.number]<typename T>(T) {
    const std::int32_t* target = targets.data<std::int32_t>();
    if (op::on_cuda(tape)) {
      return cuda::cross_entropy<T>(rows, classes, logits.data<T>(), target, 1 / number,
                                    op::data_or_null<T>(divisor), log_sums.data<T>(),
                                    loss.data<T>(), tape.scratch<double>(rows));
    }
    cpu::cross_entropy<T>(rows, classes, logits.data<T>(), target, number, log_sums.data<T>(),
                          loss.data<T>());
  });
  if (op::differentiates(tape, {logits})) {
    tape.record([=, &tape, number = count.number] {
      const Tensor upstream = tape.gradient(loss);
      dispatch(logits.dtype(), [&]<typename T>(T) {
        const std::int32_t* target = targets.data<std::int32_t>();
        if (op::on_cuda(tape)) {
          const op::Sink<T> dx = op::sink_of<T>(tape, logits);
          return cuda::cross_entropy_backward<T>(rows, classes, logits.data<T>(), target,
                                                 static_cast<T>(1 / number),
                                                 op::data_or_null<T>(divisor), log_sums.data<T>(),
                                                 upstream.data<T>(), dx.data, dx.accumulate);
        }
        cpu::cross_entropy_backward<T>(rows, classes, logits.data<T>(), target,
                                       static_cast<T>(number), log_sums.data<T>(),
                                       upstream.data<T>(), op::added_sink<T>(tape, logits));
      });
    });
  }
  return loss;
}

Tensor masked_cross_entropy(const Tensor& logits, const Tensor& target, const Tensor& mask,
                            const MeanCount& count) {
  constexpr const char* kOp = "masked_cross_entropy";
  SEQRL_REQUIRE(logits.shape().rank() >= 1 && logits.shape().back() >= 1,
                "{}: logits have shape {}, expected (..., classes)", kOp, logits.shape().text());
  op::require_shape(kOp, "target", target, logits.shape());
  const std::int64_t rows = logits.shape().rows(), classes = logits.shape().back();
  SEQRL_REQUIRE(mask.size() == rows, "{}: mask has shape {}, expected {} elements", kOp,
                mask.shape().text(), rows);
  Tape& tape = op::begin("masked_cross_entropy", {logits});
  require_count(kOp, "the whole batch is masked", tape, count, logits.dtype());
  const double scale = 1 / count.number;
  const Tensor divisor = count.on_device;
  const Tensor loss = tape.output({1}, logits.dtype());
  const Tensor log_sums = tape.constant({rows}, logits.dtype());
  dispatch(logits.dtype(), [&]<typename T>(T) {
    const T *x = logits.data<T>(), *t = target.data<T>(), *m = mask.data<T>();
    if (op::on_cuda(tape)) {
      return cuda::soft_cross_entropy<T>(rows, classes, x, t, m, scale,
                                         op::data_or_null<T>(divisor), log_sums.data<T>(),
                                         loss.data<T>(), tape.scratch<double>(rows));
    }
    cpu::soft_cross_entropy<T>(rows, classes, x, t, m, scale, log_sums.data<T>(), loss.data<T>());
  });
  if (op::differentiates(tape, {logits})) {
    tape.record([=, &tape] {
      const Tensor upstream = tape.gradient(loss);
      dispatch(logits.dtype(), [&]<typename T>(T) {
        const T *x = logits.data<T>(), *t = target.data<T>(), *m = mask.data<T>();
        const T factor = static_cast<T>(scale);
        const op::Sink<T> dx = op::sink_of<T>(tape, logits);
        if (op::on_cuda(tape)) {
          return cuda::soft_cross_entropy_backward<T>(
              rows, classes, x, t, m, factor, op::data_or_null<T>(divisor), log_sums.data<T>(),
              upstream.data<T>(), dx.data, dx.accumulate);
        }
        cpu::soft_cross_entropy_backward<T>(rows, classes, x, t, m, factor, log_sums.data<T>(),
                                            upstream.data<T>(), dx.data, dx.accumulate);
      });
    });
  }
  return loss;
}

}  // namespace seqrl
