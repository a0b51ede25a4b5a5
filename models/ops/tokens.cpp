#include "models/ops/tokens.h"

#include <algorithm>
#include <array>
#include <span>

#include "models/ops/cpu/reduce.h"
#include "models/ops/cuda/tokens.h"
#include "models/ops/op.h"

namespace seqrl {
namespace {

// to[i] (+)= from[i]
template <typename T>
void move_row(const T* from, T* to, std::int64_t n, bool accumulate) {
  if (accumulate) {
    for (std::int64_t i = 0; i < n; ++i) to[i] += from[i];
  } else {
    std::copy_n(from, n, to);
  }
}

// to[r] (+)= from[r] for rows of n elements that many apart.
template <typename T>
void move_rows(const Tape& tape, std::int64_t rows, std::int64_t n, const T* from,
               std::int64_t from_stride, T* to, std::int64_t to_stride, bool accumulate) {
  if (op::on_cuda(tape)) {
    return cuda::copy_rows<T>(rows, n, from, from_stride, to, to_stride, accumulate);
  }
  for (std::int64_t r = 0; r < rows; ++r) {
    move_row(from + r * from_stride, to + r * to_stride, n, accumulate);
  }
}

// The parts of interleave() and what is added to each, if anything.
struct Parts {
  std::size_t count;
  std::array<Tensor, cuda::kMostParts> each;
  Tensor shared;
};

// y[r · count + p] = part p[r] + shared[r]
template <typename T>
void weave(const Tape& tape, const Parts& parts, std::int64_t rows, std::int64_t dim, T* y) {
  const auto count = static_cast<std::int64_t>(parts.count);
  const T* shared = parts.shared.defined() ? parts.shared.data<T>() : nullptr;
  if (op::on_cuda(tape)) {
    cuda::Interleaved<T> from{static_cast<int>(count), {}, shared};
    for (std::size_t p = 0; p < parts.count; ++p) from.parts[p] = parts.each[p].data<T>();
    return cuda::interleave<T>(rows, dim, from, y);
  }
  for (std::size_t p = 0; p < parts.count; ++p, y += dim) {
    move_rows<T>(tape, rows, dim, parts.each[p].data<T>(), dim, y, count * dim, false);
    if (shared) move_rows<T>(tape, rows, dim, shared, dim, y, count * dim, true);
  }
}

template <typename T>
void unweave(Tape& tape, const Parts& parts, std::int64_t rows, std::int64_t dim, const T* dy) {
  const auto count = static_cast<std::int64_t>(parts.count);
  const auto wanted = [](const Tensor& input) {
    return input.defined() && input.requires_gradient();
  };
  if (op::on_cuda(tape)) {
    cuda::InterleavedSinks<T> to{static_cast<int>(count), {}, {}, nullptr, false};
    for (std::size_t p = 0; p < parts.count; ++p) {
      if (!wanted(parts.each[p])) continue;
      const auto [dx, accumulate] = tape.sink(parts.each[p]);
      to.parts[p] = dx.data<T>(), to.accumulate[p] = accumulate;
    }
    if (wanted(parts.shared)) {
      const auto [dx, accumulate] = tape.sink(parts.shared);
      to.shared = dx.data<T>(), to.accumulate_shared = accumulate;
    }
    return cuda::interleave_backward<T>(rows, dim, dy, to);
  }
  const auto collect = [&](const Tensor& input, const T* from) {
    if (!wanted(input)) return;
    const auto [dx, accumulate] = tape.sink(input);
    move_rows<T>(tape, rows, dim, from, count * dim, dx.data<T>(), dim, accumulate);
  };
  for (std::size_t p = 0; p < parts.count; ++p, dy += dim) {
    collect(parts.each[p], dy);
    collect(parts.shared, dy);
  }
}

// The host checks what it can read: on CUDA the kernels make NaN of what does not fit.
std::span<const std::int32_t> readable(const Tensor& tensor) {
  if (tensor.device() != Device::cpu) return {};
  return tensor.span<std::int32_t>();
}

// Tokens offset, offset + stride, … of x, `time` for each sequence.
Tensor pick(const Tensor& x, std::int64_t stride, std::int64_t offset, std::int64_t time) {
  Tape& tape = op::tape_of({x});
  SEQRL_CHECK(x.dim(1) == stride * time);
  const std::int64_t rows = x.dim(0) * time, dim = x.dim(2);
  const Tensor y = tape.output({x.dim(0), time, dim}, x.dtype());
  dispatch(x.dtype(), [&]<typename T>(T) {
    move_rows<T>(tape, rows, dim, x.data<T>() + offset * dim, stride * dim, y.data<T>(), dim,
                 false);
  });
  if (op::differentiates(tape, {x})) {
    tape.record([=, &tape] {
      const Tensor dy = tape.gradient(y);
      dispatch(x.dtype(), [&]<typename T>(T) {
        if (op::on_cuda(tape)) {
          const GradientSink dx = tape.sink(x);
          return cuda::spread_rows<T>(rows, dim, dy.data<T>(), stride, offset, dx.tensor.data<T>(),
                                      dx.accumulate);
        }
        move_rows<T>(tape, rows, dim, dy.data<T>(), dim, op::added_sink<T>(tape, x) + offset * dim,
                     stride * dim, true);
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
  const std::int64_t rows = table.dim(0), dim = table.dim(1);
  for (std::int32_t id : readable(ids)) {
    SEQRL_REQUIRE(id >= 0 && id < rows, "embedding: id {} is outside the table of {} rows", id,
                  rows);
  }
  Tape& tape = op::tape_of({ids, table});
  const Tensor y = tape.output({ids.dim(0), ids.dim(1), dim}, table.dtype());
  dispatch(table.dtype(), [&]<typename T>(T) {
    T* out = y.data<T>();
    if (op::on_cuda(tape)) {
      return cuda::gather_rows<T>(ids.size(), dim, table.data<T>(), rows, ids.data<std::int32_t>(),
                                  out);
    }
    for (std::int32_t id : ids.span<std::int32_t>()) {
      out = std::copy_n(table.data<T>() + id * dim, dim, out);
    }
  });
  if (op::differentiates(tape, {table})) {
    tape.record([=, &tape] {
      const Tensor dy = tape.gradient(y);
      dispatch(table.dtype(), [&]<typename T>(T) {
        T* to = op::added_sink<T>(tape, table);
        const T* from = dy.data<T>();
        if (op::on_cuda(tape)) {
          return cuda::scatter_rows<T>(
              ids.size(), dim, from, ids.data<std::int32_t>(), to, rows,
              tape.scratch<T>(cuda::scatter_scratch(ids.size(), dim, rows)));
        }
        for (std::int32_t id : ids.span<std::int32_t>()) {
          move_row(from, to + id * dim, dim, true);
          from += dim;
        }
      });
    });
  }
  return y;
}

Tensor interleave(std::initializer_list<Tensor> inputs, const Tensor& shared) {
  SEQRL_CHECK(inputs.size() >= 1 && inputs.size() <= cuda::kMostParts);
  Parts parts{inputs.size(), {}, shared};
  std::ranges::copy(inputs, parts.each.begin());
  const Shape shape = parts.each[0].shape();
  SEQRL_REQUIRE(shape.rank() == 3, "interleave: parts have shape {}, expected (batch, time, dim)",
                shape.text());
  for (const Tensor& part : inputs) op::require_shape("interleave", "a part", part, shape);
  if (shared.defined()) op::require_shape("interleave", "shared", shared, shape);

  Tape& tape = op::tape_of(inputs);
  const std::int64_t rows = shape[0] * shape[1], dim = shape[2];
  const auto count = static_cast<std::int64_t>(parts.count);
  const Tensor y = tape.output({shape[0], count * shape[1], dim}, parts.each[0].dtype());
  dispatch(y.dtype(), [&]<typename T>(T) { weave(tape, parts, rows, dim, y.data<T>()); });
  if (op::differentiates(tape, inputs) || op::differentiates(tape, {shared})) {
    tape.record([=, &tape] {
      const Tensor dy = tape.gradient(y);
      dispatch(y.dtype(), [&]<typename T>(T) { unweave<T>(tape, parts, rows, dim, dy.data<T>()); });
    });
  }
  return y;
}

Tensor every(const Tensor& x, std::int64_t stride, std::int64_t offset) {
  SEQRL_REQUIRE(x.shape().rank() == 3 && stride > 0 && x.dim(1) % stride == 0 && offset >= 0 &&
                    offset < stride,
                "every: cannot take every {}-th token from {} on of x with shape {}", stride,
                offset, x.shape().text());
  return pick(x, stride, offset, x.dim(1) / stride);
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
  const std::int64_t tokens = x.shape().rows(), dim = x.dim(2);
  for (const std::int32_t row : readable(rows)) {
    SEQRL_REQUIRE(row >= 0 && row < tokens, "tokens_at: row {} is not among the {} of x", row,
                  tokens);
  }
  Tape& tape = op::tape_of({x});
  const Tensor y = tape.output({rows.size(), dim}, x.dtype());
  dispatch(x.dtype(), [&]<typename T>(T) {
    T* out = y.data<T>();
    if (op::on_cuda(tape)) {
      return cuda::gather_rows<T>(rows.size(), dim, x.data<T>(), tokens, rows.data<std::int32_t>(),
                                  out);
    }
    for (const std::int32_t row : rows.span<std::int32_t>()) {
      out = std::copy_n(x.data<T>() + row * dim, dim, out);
    }
  });
  if (op::differentiates(tape, {x})) {
    tape.record([=, &tape] {
      const Tensor dy = tape.gradient(y);
      dispatch(x.dtype(), [&]<typename T>(T) {
        T* dx = op::added_sink<T>(tape, x);
        const T* from = dy.data<T>();
        if (op::on_cuda(tape)) {
          return cuda::scatter_rows<T>(
              rows.size(), dim, from, rows.data<std::int32_t>(), dx, tokens,
              tape.scratch<T>(cuda::scatter_scratch(rows.size(), dim, tokens)));
        }
        for (const std::int32_t row : rows.span<std::int32_t>()) {
          move_row(from, dx + row * dim, dim, true);
          from += dim;
        }
      });
    });
  }
  return y;
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
  Tape& tape = op::tape_of({x});
  const Tensor y = tape.output({batch, dim}, x.dtype());
  dispatch(x.dtype(), [&]<typename T>(T) {
    if (op::on_cuda(tape)) {
      return cuda::mean_token<T>(batch, time, dim, x.data<T>(), lengths.data<std::int32_t>(),
                                 y.data<T>());
    }
    for (std::int64_t b = 0; b < batch; ++b) {
      const std::int64_t length = lengths.data<std::int32_t>()[b];
      T* mean = y.data<T>() + b * dim;
      cpu::sum_rows(length, dim, x.data<T>() + b * time * dim, mean, false);
      for (std::int64_t i = 0; i < dim; ++i) mean[i] /= static_cast<T>(length);
    }
  });
  if (op::differentiates(tape, {x})) {
    tape.record([=, &tape] {
      const Tensor dy = tape.gradient(y);
      dispatch(x.dtype(), [&]<typename T>(T) {
        if (op::on_cuda(tape)) {
          const auto [to, accumulate] = tape.sink(x);
          return cuda::mean_token_backward<T>(batch, time, dim, dy.data<T>(),
                                              lengths.data<std::int32_t>(), to.template data<T>(),
                                              accumulate);
        }
        T* dx = op::added_sink<T>(tape, x);
        for (std::int64_t b = 0; b < batch; ++b) {
          const std::int64_t length = lengths.data<std::int32_t>()[b];
          const T* d = dy.data<T>() + b * dim;
          for (std::int64_t t = 0; t < length; ++t) {
            T* to = dx + (b * time + t) * dim;
            for (std::int64_t i = 0; i < dim; ++i) to[i] += d[i] / static_cast<T>(length);
          }
        }
      });
    });
  }
  return y;
}

Tensor compare_pairs(const Tensor& x) {
  SEQRL_REQUIRE(x.shape().rank() == 2 && x.dim(0) % 2 == 0,
                "compare_pairs: x has shape {}, expected (2n, dim)", x.shape().text());
  const std::int64_t pairs = x.dim(0) / 2, dim = x.dim(1);
  Tape& tape = op::tape_of({x});
  const Tensor y = tape.output({pairs, 4 * dim}, x.dtype());
  dispatch(x.dtype(), [&]<typename T>(T) {
    if (op::on_cuda(tape)) return cuda::compare_pairs<T>(pairs, dim, x.data<T>(), y.data<T>());
    for (std::int64_t p = 0; p < pairs; ++p) {
      const T *u = x.data<T>() + 2 * p * dim, *v = u + dim;
      T* out = y.data<T>() + 4 * p * dim;
      for (std::int64_t i = 0; i < dim; ++i) {
        out[i] = u[i];
        out[dim + i] = v[i];
        out[2 * dim + i] = u[i] * v[i];
        out[3 * dim + i] = u[i] - v[i];
      }
    }
  });
  if (op::differentiates(tape, {x})) {
    tape.record([=, &tape] {
      const Tensor dy = tape.gradient(y);
      dispatch(x.dtype(), [&]<typename T>(T) {
        if (op::on_cuda(tape)) {
          const auto [to, accumulate] = tape.sink(x);
          return cuda::compare_pairs_backward<T>(pairs, dim, x.data<T>(), dy.data<T>(),
                                                 to.template data<T>(), accumulate);
        }
        T* dx = op::added_sink<T>(tape, x);
        for (std::int64_t p = 0; p < pairs; ++p) {
          const T *u = x.data<T>() + 2 * p * dim, *v = u + dim, *d = dy.data<T>() + 4 * p * dim;
          T *du = dx + 2 * p * dim, *dv = du + dim;
          for (std::int64_t i = 0; i < dim; ++i) {
            const T product = d[2 * dim + i], difference = d[3 * dim + i];
            du[i] += d[i] + product * v[i] + difference;
            dv[i] += d[dim + i] + product * u[i] - difference;
          }
        }
      });
    });
  }
  return y;
}

}  // namespace seqrl
