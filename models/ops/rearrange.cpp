#include "models/ops/rearrange.h"

#include <algorithm>
#include <numeric>

#include "models/ops/cpu/rearrange.h"
#include "models/ops/cuda/rearrange.h"
#include "models/ops/op.h"

namespace seqrl {
namespace {

template <typename T>
void add_piece(op::Pieces<T>& pieces, T* data, std::int64_t size, bool accumulate = false) {
  const int i = pieces.count++;
  pieces.data[i] = data;
  pieces.size[i] = size;
  pieces.accumulate[i] = accumulate;
}

// Adds the destination of the gradient of an input that is one of the pieces.
template <typename T>
void add_sink(Tape& tape, op::Pieces<T>& pieces, const Tensor& input) {
  const op::Sink<T> sink = op::sink_of<T>(tape, input);
  add_piece(pieces, sink.data, input.shape().back(), sink.accumulate);
}

template <typename T>
void copy_rows(const Tape& tape, std::int64_t rows, std::int64_t columns, const T* from,
               std::int64_t from_stride, T* to, std::int64_t to_stride, bool accumulate) {
  op::run(tape, cpu::copy_rows<T>, cuda::copy_rows<T>, rows, columns, from, from_stride, to,
          to_stride, accumulate);
}
template <typename T>
void split(const Tape& tape, std::int64_t rows, std::int64_t dim, const T* x,
           const op::Pieces<T>& to) {
  op::run(tape, cpu::split_rows<T>, cuda::split_rows<T>, rows, dim, x, to);
}
template <typename T>
void join(const Tape& tape, std::int64_t rows, std::int64_t dim, const op::Pieces<T>& from, T* y,
          bool accumulate) {
  op::run(tape, cpu::join_rows<T>, cuda::join_rows<T>, rows, dim, from, y, accumulate);
}

}  // namespace

Tensor slice_last(const Tensor& x, std::int64_t begin, std::int64_t size) {
  const std::int64_t dim = x.shape().back(), rows = x.shape().rank() > 0 ? x.shape().rows() : 0;
  SEQRL_REQUIRE(x.shape().rank() >= 1 && begin >= 0 && size >= 0 && size <= dim - begin,
                "slice_last: elements [{}, {}) are not in the last dimension of shape {}", begin,
                begin + size, x.shape().text());
  Tape& tape = op::begin("slice_last", {x});
  const Tensor y = tape.output(x.shape().with_back(size), x.dtype());
  dispatch(x.dtype(), [&]<typename T>(T) {
    copy_rows<T>(tape, rows, size, x.data<T>() + begin, dim, y.data<T>(), size, false);
  });
  if (op::differentiates(tape, {x})) {
    tape.record([=, &tape] {
      const Tensor dy = tape.gradient(y);
      dispatch(x.dtype(), [&]<typename T>(T) {
        copy_rows<T>(tape, rows, size, dy.data<T>(), size, op::added_sink<T>(tape, x) + begin, dim,
                     true);
      });
    });
  }
  return y;
}

void split_last(const Tensor& x, std::span<const std::int64_t> sizes, std::span<Tensor> parts) {
  SEQRL_CHECK(!sizes.empty() && sizes.size() <= op::kMaxParts && parts.size() == sizes.size());
  SEQRL_REQUIRE(x.shape().rank() >= 1, "split_last: x needs a last dimension");
  const std::int64_t dim = x.shape().back(), rows = x.shape().rows();
  const std::int64_t sum = std::accumulate(sizes.begin(), sizes.end(), std::int64_t{0});
  SEQRL_REQUIRE(
      sum == dim && std::ranges::min(sizes) >= 0,
      "split_last: parts with {} elements in total do not make up the last dimension of shape {}",
      sum, x.shape().text());
  Tape& tape = op::begin("split_last", {x});
  std::array<Tensor, op::kMaxParts> made;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    parts[i] = made[i] = tape.output(x.shape().with_back(sizes[i]), x.dtype());
  }
  dispatch(x.dtype(), [&]<typename T>(T) {
    op::Pieces<T> pieces;
    for (const Tensor& part : parts) add_piece(pieces, part.data<T>(), part.shape().back());
    split(tape, rows, dim, x.data<T>(), pieces);
  });
  if (op::differentiates(tape, {x})) {
    tape.record([=, &tape, count = parts.size()] {
      dispatch(x.dtype(), [&]<typename T>(T) {
        op::Pieces<T> pieces;
        for (std::size_t i = 0; i < count; ++i) {
          add_piece(pieces, tape.gradient(made[i]).template data<T>(), made[i].shape().back());
        }
        const auto [dx, accumulate] = tape.sink(x);
        join(tape, rows, dim, pieces, dx.template data<T>(), accumulate);
      });
    });
  }
}

Tensor concatenate_last(const Tensor& a, const Tensor& b) {
  SEQRL_REQUIRE(a.shape().rank() >= 1 && b.shape().rank() >= 1,
                "concatenate_last: both need a last dimension, got {} and {}", a.shape().text(),
                b.shape().text());
  const std::int64_t left = a.shape().back(), right = b.shape().back(), dim = left + right;
  op::require_shape("concatenate_last", "the second input", b, a.shape().with_back(right));
  op::require_dtype("concatenate_last", "the second input", b, a.dtype());
  Tape& tape = op::begin("concatenate_last", {a, b});
  const Tensor y = tape.output(a.shape().with_back(dim), a.dtype());
  const std::int64_t rows = y.shape().rows();
  dispatch(a.dtype(), [&]<typename T>(T) {
    op::Pieces<T> pieces;
    add_piece(pieces, a.data<T>(), left);
    add_piece(pieces, b.data<T>(), right);
    join(tape, rows, dim, pieces, y.data<T>(), false);
  });
  if (op::differentiates(tape, {a, b})) {
    tape.record([=, &tape] {
      const Tensor dy = tape.gradient(y);
      dispatch(a.dtype(), [&]<typename T>(T) {
        op::Pieces<T> pieces;
        add_sink(tape, pieces, a);
        add_sink(tape, pieces, b);
        if (pieces.data[0] && pieces.data[0] == pieces.data[1]) {  // a is b: one after the other
          op::Pieces<T> first = pieces;
          first.data[1] = nullptr;
          split(tape, rows, dim, dy.data<T>(), first);
          pieces.data[0] = nullptr;
        }
        split(tape, rows, dim, dy.data<T>(), pieces);
      });
    });
  }
  return y;
}

}  // namespace seqrl
