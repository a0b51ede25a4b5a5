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

}  // namespace seqrl
