#include "models/ops/rotary.h"

#include "models/ops/cpu/rotary.h"
#include "models/ops/cuda/rotary.h"
#include "models/ops/op.h"

namespace seqrl {
namespace {

// Rotates every token's queries and keys by its angles, or back with sign −1. Writes or adds the
// result, including the unchanged values.
template <typename T>
void turn(const Tape& tape, const Tensor& from, const Tensor& table, const Tensor& to, T sign,
          bool accumulate) {
  const std::int64_t time = from.dim(1);
  op::run(tape, cpu::rotary<T>, cuda::rotary<T>, from.dim(0) * time, time, from.dim(2),
          table.dim(1), from.data<T>(), table.data<T>(), sign, to.data<T>(), accumulate);
}

}  // namespace

Tensor rotary_table(Tape& tape, DType dtype, Position first, std::int64_t time, std::int64_t size) {
  SEQRL_REQUIRE(size > 0 && size % 2 == 0,
                "rotary: a head has {} elements, expected an even number", size);
  const Tensor table = tape.constant({time, size}, dtype);
  dispatch(dtype, [&]<typename T>(T) {
    op::run(tape, cpu::rotary_table<T>, cuda::rotary_table<T>, first, time, size, table.data<T>());
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
  Tape& tape = op::begin("rotary", {qkv});
  const Tensor y = tape.output(qkv.shape(), qkv.dtype());
  dispatch(qkv.dtype(), [&]<typename T>(T) { turn<T>(tape, qkv, table, y, T(1), false); });
  if (op::differentiates(tape, {qkv})) {
    tape.record([=, &tape] {
      const Tensor dy = tape.gradient(y);
      const GradientSink dx = tape.sink(qkv);
      dispatch(qkv.dtype(),
               [&]<typename T>(T) { turn<T>(tape, dy, table, dx.tensor, T(-1), dx.accumulate); });
    });
  }
  return y;
}

}  // namespace seqrl
