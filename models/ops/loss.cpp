#include "models/ops/loss.h"

#include <algorithm>
#include <cmath>

#include "models/ops/cpu/math.h"
#include "models/ops/cpu/vector.h"
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

// Where a kernel finds the number that it has to divide by besides; null: nowhere.
template <typename T>
const T* data_of(const MeanCount& count) {
  return count.on_device.defined() ? count.on_device.data<T>() : nullptr;
}

}  // namespace

Tensor masked_mean_squared_error(const Tensor& prediction, const Tensor& target, const Tensor& mask,
                                 const MeanCount& count) {
  constexpr const char* kOp = "masked_mean_squared_error";
  op::require_shape(kOp, "target", target, prediction.shape());
  const std::int64_t rows = prediction.shape().rows(), dim = prediction.shape().back();
  SEQRL_REQUIRE(mask.size() == rows, "{}: mask has shape {}, expected {} elements", kOp,
                mask.shape().text(), rows);
  Tape& tape = op::tape_of({prediction});
  require_count(kOp, "no row counts: the whole batch is masked", tape, count, prediction.dtype());
  const double scale = 1.0 / (count.number * static_cast<double>(dim));
  const Tensor loss = tape.output({1}, prediction.dtype());
  dispatch(prediction.dtype(), [&]<typename T>(T) {
    const T *p = prediction.data<T>(), *t = target.data<T>(), *m = mask.data<T>();
    if (op::on_cuda(tape)) {
      return cuda::squared_error<T>(rows, dim, p, t, m, scale, data_of<T>(count), loss.data<T>(),
                                    tape.scratch<double>(rows));
    }
    double sum = 0;
    for (std::int64_t r = 0; r < rows; ++r, p += dim, t += dim) {
      if (m[r] == T(0)) continue;  // padding may hold anything
      sum += static_cast<double>(
          cpu::ordered_sum<T>(dim, [=](std::int64_t i) { return (p[i] - t[i]) * (p[i] - t[i]); }));
    }
    loss.data<T>()[0] = static_cast<T>(sum * scale);
  });
  if (op::differentiates(tape, {prediction})) {
    tape.record([=, &tape] {
      const Tensor upstream = tape.gradient(loss);
      const auto [gradient, accumulate] = tape.sink(prediction);
      dispatch(prediction.dtype(), [&, dx = gradient.raw(), add = accumulate]<typename T>(T) {
        const T *p = prediction.data<T>(), *t = target.data<T>(), *m = mask.data<T>();
        T* d = static_cast<T*>(dx);
        if (op::on_cuda(tape)) {
          return cuda::squared_error_backward<T>(rows, dim, p, t, m, static_cast<T>(2 * scale),
                                                 data_of<T>(count), upstream.data<T>(), d, add);
        }
        const T factor = upstream.data<T>()[0] * static_cast<T>(2 * scale);
        for (std::int64_t i = 0; i < rows * dim; ++i) {
          const T g = m[i / dim] == T(0) ? T(0) : factor * (p[i] - t[i]);
          d[i] = add ? d[i] + g : g;
        }
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
  Tape& tape = op::tape_of({logits});
  require_count(kOp, "no row has a target", tape, count, logits.dtype());
  if (!op::on_cuda(tape)) {  // there the kernel makes NaN of it
    for (const std::int32_t target : targets.span<std::int32_t>()) {
      SEQRL_REQUIRE(target < classes, "{}: target {} is not below the {} classes", kOp, target,
                    classes);
    }
  }
  const Tensor loss = tape.output({1}, logits.dtype());
  const Tensor log_sums = tape.constant({rows}, logits.dtype());
  dispatch(logits.dtype(), [&]<typename T>(T) {
    const T* x = logits.data<T>();
    T* log_sum = log_sums.data<T>();
    if (op::on_cuda(tape)) {
      return cuda::cross_entropy<T>(rows, classes, x, targets.data<std::int32_t>(),
                                    1 / count.number, data_of<T>(count), log_sum, loss.data<T>(),
                                    tape.scratch<double>(rows));
    }
    double sum = 0;
    for (std::int64_t r = 0; r < rows; ++r, x += classes) {
      const std::int32_t target = targets.data<std::int32_t>()[r];
      if (target < 0) continue;
      const T largest = *std::max_element(x, x + classes);  // exp() of what is left is at most 1
      log_sum[r] = largest + std::log(cpu::ordered_sum<T>(classes, [=](std::int64_t i) {
                     return cpu::exp(x[i] - largest);
                   }));
      sum += static_cast<double>(log_sum[r] - x[target]);
    }
    loss.data<T>()[0] = static_cast<T>(sum / count.number);
  });
  if (op::differentiates(tape, {logits})) {
    tape.record([=, &tape] {
      const Tensor upstream = tape.gradient(loss);
      dispatch(logits.dtype(), [&]<typename T>(T) {
        const T *x = logits.data<T>(), *log_sum = log_sums.data<T>();
        if (op::on_cuda(tape)) {
          const auto [dx, add] = tape.sink(logits);
          return cuda::cross_entropy_backward<T>(
              rows, classes, x, targets.data<std::int32_t>(), static_cast<T>(1 / count.number),
              data_of<T>(count), log_sum, upstream.data<T>(), dx.template data<T>(), add);
        }
        const T factor = upstream.data<T>()[0] / static_cast<T>(count.number);
        T* d = op::added_sink<T>(tape, logits);
        for (std::int64_t r = 0; r < rows; ++r, x += classes, d += classes) {
          const std::int32_t target = targets.data<std::int32_t>()[r];
          if (target < 0) continue;
          for (std::int64_t i = 0; i < classes; ++i) d[i] += factor * cpu::exp(x[i] - log_sum[r]);
          d[target] -= factor;
        }
      });
    });
  }
  return loss;
}

}  // namespace seqrl
