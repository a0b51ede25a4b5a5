#include "models/ops/rearrange.h"

#include <algorithm>

#include "models/ops/cuda/tokens.h"
#include "models/ops/op.h"

namespace seqrl {
namespace {

// to[r, i] = from[r, i], or +=, for rows that many elements apart.
template <typename T>
void move_block(const Tape& tape, std::int64_t rows, std::int64_t columns, const T* from,
                std::int64_t from_stride, T* to, std::int64_t to_stride, bool accumulate) {
  if (op::on_cuda(tape)) {
    return cuda::copy_rows<T>(rows, columns, from, from_stride, to, to_stride, accumulate);
  }
  for (std::int64_t r = 0; r < rows; ++r, from += from_stride, to += to_stride) {
    if (accumulate) {
      for (std::int64_t i = 0; i < columns; ++i) to[i] += from[i];
    } else {
      std::copy_n(from, columns, to);
    }
  }
}

}  // namespace

Tensor slice_last(const Tensor& x, std::int64_t begin, std::int64_t size) {
  const std::int64_t dim = x.shape().back(), rows = x.shape().rank() > 0 ? x.shape().rows() : 0;
  SEQRL_REQUIRE(x.shape().rank() >= 1 && begin >= 0 && size >= 0 && size <= dim - begin,
                "slice_last: elements [{}, {}) are not in the last dimension of shape {}", begin,
                begin + size, x.shape().text());
  Tape& tape = op::tape_of({x});
  const Tensor y = tape.output(x.shape().with_back(size), x.dtype());
  dispatch(x.dtype(), [&]<typename T>(T) {
    move_block<T>(tape, rows, size, x.data<T>() + begin, dim, y.data<T>(), size, false);
  });
  if (op::differentiates(tape, {x})) {
    tape.record([=, &tape] {
      const Tensor dy = tape.gradient(y);
      dispatch(x.dtype(), [&]<typename T>(T) {
        move_block<T>(tape, rows, size, dy.data<T>(), size, op::added_sink<T>(tape, x) + begin, dim,
                      true);
      });
    });
  }
  return y;
}

Tensor concatenate_last(const Tensor& a, const Tensor& b) {
  SEQRL_REQUIRE(a.shape().rank() >= 1 && b.shape().rank() >= 1,
                "concatenate_last: both need a last dimension, got {} and {}", a.shape().text(),
                b.shape().text());
  const std::int64_t left = a.shape().back(), right = b.shape().back(), dim = left + right;
  op::require_shape("concatenate_last", "the second input", b, a.shape().with_back(right));
  op::require_dtype("concatenate_last", "the second input", b, a.dtype());
  Tape& tape = op::tape_of({a, b});
  const Tensor y = tape.output(a.shape().with_back(dim), a.dtype());
  const std::int64_t rows = y.shape().rows();
  dispatch(a.dtype(), [&]<typename T>(T) {
    move_block<T>(tape, rows, left, a.data<T>(), left, y.data<T>(), dim, false);
    move_block<T>(tape, rows, right, b.data<T>(), right, y.data<T>() + left, dim, false);
  });
  if (op::differentiates(tape, {a, b})) {
    tape.record([=, &tape] {
      const Tensor dy = tape.gradient(y);
      dispatch(a.dtype(), [&]<typename T>(T) {
        const auto add_part = [&](const Tensor& input, std::int64_t begin, std::int64_t size) {
          T* to = op::added_sink<T>(tape, input);
          if (!to) return;
          move_block<T>(tape, rows, size, dy.data<T>() + begin, dim, to, size, true);
        };
        add_part(a, 0, left);
        add_part(b, left, right);
      });
    });
  }
  return y;
}

}  // namespace seqrl
