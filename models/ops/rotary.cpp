#include "models/ops/rotary.h"

#include <algorithm>
#include <cmath>

#include "models/ops/cuda/rotary.h"
#include "models/ops/op.h"

namespace seqrl {
namespace {

// Turns every token's queries and keys by its angles, or back with sign −1, and copies or adds all.
template <typename T>
void turn(const Tensor& from, const Tensor& table, const Tensor& to, T sign, bool accumulate) {
  const std::int64_t time = from.dim(1), columns = from.dim(2), size = table.dim(1);
  if (from.device() == Device::cuda) {
    return cuda::rotary<T>(from.dim(0) * time, time, columns, size, from.data<T>(), table.data<T>(),
                           sign, to.data<T>(), accumulate);
  }
  const std::int64_t turned = columns / 3 * 2, half = size / 2;
  const auto put = [accumulate](T& element, T value) {
    element = accumulate ? element + value : value;
  };
  for (std::int64_t row = 0; row < from.dim(0) * time; ++row) {
    const T* x = from.data<T>() + row * columns;
    T* y = static_cast<T*>(to.raw()) + row * columns;
    const T *cosine = table.data<T>() + row % time * size, *sine = cosine + half;
    for (std::int64_t head = 0; head < turned; head += size) {
      for (std::int64_t i = 0; i < half; ++i) {
        const T a = x[head + i], b = x[head + half + i], s = sign * sine[i];
        put(y[head + i], a * cosine[i] - b * s);
        put(y[head + half + i], b * cosine[i] + a * s);
      }
    }
    for (std::int64_t i = turned; i < columns; ++i) put(y[i], x[i]);
  }
}

}  // namespace

Tensor rotary_table(Tape& tape, DType dtype, Position first, std::int64_t time, std::int64_t size) {
  SEQRL_REQUIRE(size > 0 && size % 2 == 0,
                "rotary: a head has {} elements, expected an even number", size);
  const Tensor table = tape.constant({time, size}, dtype);
  dispatch(dtype, [&]<typename T>(T) {
    if (op::on_cuda(tape)) return cuda::rotary_table<T>(first, time, size, table.data<T>());
    for (std::int64_t i = 0; i < size / 2; ++i) {
      const double rate =
          std::pow(10000.0, -2.0 * static_cast<double>(i) / static_cast<double>(size));
      for (std::int64_t t = 0; t < time; ++t) {
        const double angle = static_cast<double>(first.number + t) * rate;
        table.data<T>()[t * size + i] = static_cast<T>(std::cos(angle));
        table.data<T>()[t * size + size / 2 + i] = static_cast<T>(std::sin(angle));
      }
    }
  });
  return table;
}

Tensor rotary(const Tensor& qkv, const Tensor& table) {
  SEQRL_REQUIRE(qkv.shape().rank() == 3 && table.shape().rank() == 2 &&
                    table.dim(0) == qkv.dim(1) && qkv.dim(2) % (3 * table.dim(1)) == 0,
                "rotary: qkv has shape {}, the table {}; expected (batch, time, 3·dim) and "
                "(time, dim / heads)",
                qkv.shape().text(), table.shape().text());
  op::require_dtype("rotary", "table", table, qkv.dtype());
  Tape& tape = op::tape_of({qkv});
  const Tensor y = tape.output(qkv.shape(), qkv.dtype());
  dispatch(qkv.dtype(), [&]<typename T>(T) { turn<T>(qkv, table, y, T(1), false); });
  if (op::differentiates(tape, {qkv})) {
    tape.record([=, &tape] {
      const Tensor dy = tape.gradient(y);
      const GradientSink dx = tape.sink(qkv);
      dispatch(qkv.dtype(),
               [&]<typename T>(T) { turn<T>(dy, table, dx.tensor, T(-1), dx.accumulate); });
    });
  }
  return y;
}

}  // namespace seqrl
