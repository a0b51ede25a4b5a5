#include "models/ops/tokens.h"

#include <algorithm>
#include <array>
#include <span>

#include "models/ops/cpu/rearrange.h"
#include "models/ops/cpu/tokens.h"
#include "models/ops/cuda/rearrange.h"
#include "models/ops/cuda/tokens.h"
#include "models/ops/op.h"

namespace seqrl {
namespace {

// The parts of interleave() and the tensor added to each, if any.
struct Parts {
  std::size_t count;
  std::array<Tensor, op::kMaxParts> each;
  Tensor shared;
};

// y[r · count + p] = part p[r] + shared[r]
template <typename T>
void interleave(const Tape& tape, const Parts& parts, std::int64_t rows, std::int64_t dim, T* y) {
  op::Interleaved<T> from{static_cast<int>(parts.count), {}, op::data_or_null<T>(parts.shared)};
  for (std::size_t p = 0; p < parts.count; ++p) from.parts[p] = parts.each[p].data<T>();
  op::run(tape, cpu::interleave<T>, cuda::interleave<T>, rows, dim, from, y);
}

template <typename T>
void deinterleave(Tape& tape, const Parts& parts, std::int64_t rows, std::int64_t dim,
                  const T* dy) {
  op::InterleavedSinks<T> to{static_cast<int>(parts.count), {}, {}, nullptr, false};
  for (std::size_t p = 0; p < parts.count; ++p) {
    const op::Sink<T> sink = op::sink_of<T>(tape, parts.each[p]);
    to.parts[p] = sink.data, to.accumulate[p] = sink.accumulate;
  }
  const op::Sink<T> shared = op::sink_of<T>(tape, parts.shared);
  to.shared = shared.data, to.accumulate_shared = shared.accumulate;
  op::run(tape, cpu::deinterleave<T>, cuda::deinterleave<T>, rows, dim, dy, to);
}

// The indices that the host can check; on CUDA the kernels write NaN for invalid ones.
std::span<const std::int32_t> readable(const Tensor& tensor) {
  if (tensor.device() != Device::cpu) return {};
  return tensor.span<std::int32_t>();
}

// Tokens offset, offset + stride, … of x, `time` per sequence.
Tensor pick(const Tensor& x, std::int64_t stride, std::int64_t offset, std::int64_t time) {
  Tape& tape = op::begin("strided_tokens", {x});
  SEQRL_CHECK(x.dim(1) == stride * time);
  const std::int64_t rows = x.dim(0) * time, dim = x.dim(2);
  const Tensor y = tape.output({x.dim(0), time, dim}, x.dtype());
  dispatch(x.dtype(), [&]<typename T>(T) {
    op::run(tape, cpu::copy_rows<T>, cuda::copy_rows<T>, rows, dim, x.data<T>() + offset * dim,
            stride * dim, y.data<T>(), dim, false);
  });
  if (op::differentiates(tape, {x})) {
    tape.record([=, &tape] {
      const Tensor dy = tape.gradient(y);
      dispatch(x.dtype(), [&]<typename T>(T) {
        const op::Sink<T> dx = op::sink_of<T>(tape, x);
        op::run(tape, cpu::spread_rows<T>, cuda::spread_rows<T>, rows, dim, dy.data<T>(), stride,
                offset, dx.data, dx.accumulate);
      });
    });
  }
  return y;
}

void require_strided(const Tensor& x, std::int64_t stride, std::int64_t offset) {
  SEQRL_REQUIRE(x.shape().rank() == 3 && stride > 0 && x.dim(1) % stride == 0 && offset >= 0 &&
                    offset < stride,
                "strided_tokens: cannot take every {}-th token, starting at {}, of x with shape {}",
                stride, offset, x.shape().text());
}

// Rows `ids`, of any shape, of a matrix; the result has `shape`.
Tensor gather(Tape& tape, const Tensor& matrix, const Tensor& ids, const Shape& shape) {
  const std::int64_t rows = matrix.shape().rows(), dim = matrix.shape().back();
  const Tensor y = tape.output(shape, matrix.dtype());
  dispatch(matrix.dtype(), [&]<typename T>(T) {
    if (op::on_cuda(tape)) {
      return cuda::gather_rows<T>(ids.size(), dim, matrix.data<T>(), rows, ids.data<std::int32_t>(),
                                  y.data<T>());
    }
    cpu::gather_rows<T>(ids.size(), dim, matrix.data<T>(), ids.data<std::int32_t>(), y.data<T>());
  });
  if (op::differentiates(tape, {matrix})) {
    tape.record([=, &tape] {
      const Tensor dy = tape.gradient(y);
      dispatch(matrix.dtype(), [&]<typename T>(T) {
        T* to = op::added_sink<T>(tape, matrix);
        if (op::on_cuda(tape)) {
          return cuda::scatter_rows<T>(
              ids.size(), dim, dy.data<T>(), 1, ids.data<std::int32_t>(), to, rows,
              tape.scratch<T>(cuda::scatter_scratch(ids.size(), dim, rows)));
        }
        cpu::scatter_rows<T>(ids.size(), dim, dy.data<T>(), ids.data<std::int32_t>(), to);
      });
    });
  }
  return y;
}

}  // namespace

Tensor embedding(const Tensor& table, const Tensor& ids) {
  SEQRL_REQUIRE(
      table.shape().rank() == 2 && ids.shape().rank() == 2,
      "embedding: the table has shape {}, the ids {}; expected (n, dim) and (batch, time)",
      table.shape().text(), ids.shape().text());
  op::require_dtype("embedding", "ids", ids, DType::i32);
  const std::int64_t rows = table.dim(0);
  for (std::int32_t id : readable(ids)) {
    SEQRL_REQUIRE(id >= 0 && id < rows, "embedding: id {} is outside the table of {} rows", id,
                  rows);
  }
  return gather(op::begin("embedding", {ids, table}), table, ids,
                {ids.dim(0), ids.dim(1), table.dim(1)});
}

Tensor interleave(std::initializer_list<Tensor> inputs, const Tensor& shared) {
  SEQRL_CHECK(inputs.size() >= 1 && inputs.size() <= op::kMaxParts);
  Parts parts{inputs.size(), {}, shared};
  std::ranges::copy(inputs, parts.each.begin());
  const Shape shape = parts.each[0].shape();
  SEQRL_REQUIRE(shape.rank() == 3, "interleave: parts have shape {}, expected (batch, time, dim)",
                shape.text());
  for (const Tensor& part : inputs) op::require_shape("interleave", "a part", part, shape);
  if (shared.defined()) op::require_shape("interleave", "shared", shared, shape);

  Tape& tape = op::begin("interleave", inputs);
  const std::int64_t rows = shape[0] * shape[1], dim = shape[2];
  const auto count = static_cast<std::int64_t>(parts.count);
  const Tensor y = tape.output({shape[0], count * shape[1], dim}, parts.each[0].dtype());
  dispatch(y.dtype(), [&]<typename T>(T) { interleave<T>(tape, parts, rows, dim, y.data<T>()); });
  if (op::differentiates(tape, inputs) || op::differentiates(tape, {shared})) {
    tape.record([=, &tape] {
      const Tensor dy = tape.gradient(y);
      dispatch(y.dtype(),
               [&]<typename T>(T) { deinterleave<T>(tape, parts, rows, dim, dy.data<T>()); });
    });
  }
  return y;
}

Tensor strided_tokens(const Tensor& x, std::int64_t stride, std::int64_t offset) {
  require_strided(x, stride, offset);
  return pick(x, stride, offset, x.dim(1) / stride);
}

std::array<Tensor, 2> strided_tokens(const std::array<Tensor, 2>& both, std::int64_t stride,
                                     std::int64_t offset) {
  const auto& [a, b] = both;
  const bool together = b.defined() && a.device() == Device::cuda && a.tape() &&
                        a.tape() == b.tape() && a.shape() == b.shape() && a.raw() != b.raw() &&
                        a.dtype() == b.dtype();
  if (!together) {
    return {strided_tokens(a, stride, offset),
            b.defined() ? strided_tokens(b, stride, offset) : Tensor()};
  }
  require_strided(a, stride, offset);
  Tape& tape = op::begin("strided_tokens", {a, b});
  const std::int64_t rows = a.dim(0) * a.dim(1) / stride, dim = a.dim(2);
  const Shape shape{a.dim(0), a.dim(1) / stride, dim};
  const std::array<Tensor, 2> picked = {tape.output(shape, a.dtype()),
                                        tape.output(shape, a.dtype())};
  dispatch(a.dtype(), [&]<typename T>(T) {
    cuda::pick_two<T>(
        rows, dim,
        {{both[0].data<T>(), both[1].data<T>()}, {picked[0].data<T>(), picked[1].data<T>()}},
        stride, offset);
  });
  if (op::differentiates(tape, {a, b})) {
    tape.record([=, &tape] {
      const Tensor dy[] = {tape.gradient(picked[0]), tape.gradient(picked[1])};
      dispatch(dy[0].dtype(), [&]<typename T>(T) {
        const op::Sink<T> to[] = {op::sink_of<T>(tape, both[0]), op::sink_of<T>(tape, both[1])};
        cuda::spread_two<T>(rows, dim,
                            {{dy[0].data<T>(), dy[1].data<T>()},
                             {to[0].data, to[1].data},
                             {to[0].accumulate, to[1].accumulate}},
                            stride, offset);
      });
    });
  }
  return picked;
}

Tensor last_token(const Tensor& x) {
  SEQRL_REQUIRE(x.shape().rank() == 3 && x.dim(1) >= 1,
                "last_token: x has shape {}, expected (batch, time, dim)", x.shape().text());
  return pick(x, x.dim(1), x.dim(1) - 1, 1);
}

Tensor tokens_at(const Tensor& x, const Tensor& rows) {
  SEQRL_REQUIRE(x.shape().rank() == 3, "tokens_at: x has shape {}, expected (batch, time, dim)",
                x.shape().text());
  op::require_dtype("tokens_at", "rows", rows, DType::i32);
  const std::int64_t tokens = x.shape().rows();
  for (const std::int32_t row : readable(rows)) {
    SEQRL_REQUIRE(row >= 0 && row < tokens, "tokens_at: row {} is outside the {} rows of x", row,
                  tokens);
  }
  return gather(op::begin("tokens_at", {x}), x, rows, {rows.size(), x.dim(2)});
}

Tensor mean_token(const Tensor& x, const Tensor& lengths) {
  SEQRL_REQUIRE(x.shape().rank() == 3, "mean_token: x has shape {}, expected (batch, time, dim)",
                x.shape().text());
  const std::int64_t batch = x.dim(0), time = x.dim(1), dim = x.dim(2);
  op::require_dtype("mean_token", "lengths", lengths, DType::i32);
  op::require_shape("mean_token", "lengths", lengths, {batch});
  for (const std::int32_t length : readable(lengths)) {
    SEQRL_REQUIRE(length >= 1 && length <= time, "mean_token: a length is {}, expected 1 to {}",
                  length, time);
  }
  Tape& tape = op::begin("mean_token", {x});
  const Tensor y = tape.output({batch, dim}, x.dtype());
  dispatch(x.dtype(), [&]<typename T>(T) {
    op::run(tape, cpu::mean_token<T>, cuda::mean_token<T>, batch, time, dim, x.data<T>(),
            lengths.data<std::int32_t>(), y.data<T>());
  });
  if (op::differentiates(tape, {x})) {
    tape.record([=, &tape] {
      const Tensor dy = tape.gradient(y);
      dispatch(x.dtype(), [&]<typename T>(T) {
        const op::Sink<T> dx = op::sink_of<T>(tape, x);
        op::run(tape, cpu::mean_token_backward<T>, cuda::mean_token_backward<T>, batch, time, dim,
                dy.data<T>(), lengths.data<std::int32_t>(), dx.data, dx.accumulate);
      });
    });
  }
  return y;
}

Tensor compare_pairs(const Tensor& x) {
  SEQRL_REQUIRE(x.shape().rank() == 2 && x.dim(0) % 2 == 0,
                "compare_pairs: x has shape {}, expected (2n, dim)", x.shape().text());
  const std::int64_t pairs = x.dim(0) / 2, dim = x.dim(1);
  Tape& tape = op::begin("compare_pairs", {x});
  const Tensor y = tape.output({pairs, 4 * dim}, x.dtype());
  dispatch(x.dtype(), [&]<typename T>(T) {
    op::run(tape, cpu::compare_pairs<T>, cuda::compare_pairs<T>, pairs, dim, x.data<T>(),
            y.data<T>());
  });
  if (op::differentiates(tape, {x})) {
    tape.record([=, &tape] {
      const Tensor dy = tape.gradient(y);
      dispatch(x.dtype(), [&]<typename T>(T) {
        const op::Sink<T> dx = op::sink_of<T>(tape, x);
        op::run(tape, cpu::compare_pairs_backward<T>, cuda::compare_pairs_backward<T>, pairs, dim,
                x.data<T>(), dy.data<T>(), dx.data, dx.accumulate);
      });
    });
  }
  return y;
}

void shift_window(const Tensor& window, const Tensor& x) {
  const std::int64_t batch = x.dim(0), time = x.dim(1), dim = x.dim(2);
  const std::int64_t tokens = window.shape().rank() == 2 ? 1 : window.dim(1);
  SEQRL_CHECK(window.dim(0) == batch && window.shape().back() == dim &&
              window.dtype() == x.dtype() && window.device() == x.device());
  dispatch(x.dtype(), [&]<typename T>(T) {
    if (x.device() == Device::cuda) {
      cuda::shift_window<T>(batch, time, dim, tokens, x.data<T>(), window.data<T>());
    } else {
      cpu::shift_window<T>(batch, time, dim, tokens, x.data<T>(), window.data<T>());
    }
  });
}

}  // namespace seqrl
