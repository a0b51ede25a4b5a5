#include "models/ops/rearrange.h"

#include <algorithm>
#include <cstring>

#include "models/ops/op.h"

namespace seqrl {

Tensor slice_last(const Tensor& x, std::int64_t begin, std::int64_t size) {
  const std::int64_t dim = x.shape().back(), rows = x.shape().rank() > 0 ? x.shape().rows() : 0;
  SEQRL_REQUIRE(x.shape().rank() >= 1 && begin >= 0 && size >= 0 && size <= dim - begin,
                "slice_last: elements [{}, {}) are not in the last dimension of shape {}", begin,
                begin + size, x.shape().text());
  Tape& tape = op::tape_of({x});
  const Tensor y = tape.output(x.shape().with_back(size), x.dtype());
  dispatch(x.dtype(), [&]<typename T>(T) {
    for (std::int64_t r = 0; r < rows; ++r) {
      std::copy_n(x.data<T>() + r * dim + begin, size, y.data<T>() + r * size);
    }
  });
  if (op::differentiates(tape, {x})) {
    tape.record([=, &tape] {
      const Tensor dy = tape.gradient(y);
      const auto [dx, accumulate] = tape.sink(x);
      if (!accumulate) std::memset(dx.raw(), 0, dx.bytes());
      dispatch(x.dtype(), [&, dx = dx]<typename T>(T) {
        for (std::int64_t r = 0; r < rows; ++r) {
          const T* from = dy.data<T>() + r * size;
          T* to = dx.template data<T>() + r * dim + begin;
          for (std::int64_t i = 0; i < size; ++i) to[i] += from[i];
        }
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
    for (std::int64_t r = 0; r < rows; ++r) {
      std::copy_n(a.data<T>() + r * left, left, y.data<T>() + r * dim);
      std::copy_n(b.data<T>() + r * right, right, y.data<T>() + r * dim + left);
    }
  });
  if (op::differentiates(tape, {a, b})) {
    tape.record([=, &tape] {
      const Tensor dy = tape.gradient(y);
      dispatch(a.dtype(), [&]<typename T>(T) {
        const auto add_part = [&](const Tensor& input, std::int64_t begin, std::int64_t size) {
          T* to = op::added_sink<T>(tape, input);
          if (!to) return;
          for (std::int64_t r = 0; r < rows; ++r, to += size) {
            const T* from = dy.data<T>() + r * dim + begin;
            for (std::int64_t i = 0; i < size; ++i) to[i] += from[i];
          }
        };
        add_part(a, 0, left);
        add_part(b, left, right);
      });
    });
  }
  return y;
}

}  // namespace seqrl
