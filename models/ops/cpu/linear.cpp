#include "models/ops/cpu/linear.h"

#include <algorithm>

#include "models/ops/cpu/activation.h"

namespace seqrl::cpu {
namespace {

// Rows that go through the activation and the product together: the second finds the first's output
// in the cache. A multiple of the product's tiles.
constexpr std::int64_t kBlockRows = 48;

// Calls block(first, count) for all rows, a few at a time if the weight is packed.
template <typename Block>
void for_each_block(std::int64_t rows, bool packed, Block&& block) {
  const std::int64_t most = packed ? kBlockRows : rows;
  for (std::int64_t first = 0; first < rows; first += most) {
    block(first, std::min(most, rows - first));
  }
}

Start start_of(bool accumulate) {
  return accumulate ? Start::accumulate : Start::zero;
}

}  // namespace

template <typename T>
void linear(LinearSize size, Activation activation, const T* x, const LinearWeight<T>& weight,
            const T* bias, T* slope, T* y) {
  const std::int64_t in = size.in, out = size.out;
  const std::int64_t x_stride = size.x_stride(), y_stride = size.y_stride();
  const T* panels = weight.forward_panels;
  const Start start = bias ? Start::bias : Start::zero;
  for_each_block(size.rows, panels != nullptr, [&](std::int64_t first, std::int64_t count) {
    T* to = y + first * y_stride;
    T* before = slope ? slope + first * y_stride : to;
    for (std::int64_t group = 0; group < size.groups; ++group) {
      const std::int64_t column = group * out;
      const MatrixView<T> input{x + first * x_stride + group * in, x_stride, 1};
      const T* own_bias = bias ? bias + column : nullptr;
      if (panels && column % kPanelWidth<T> == 0) {
        gemm_packed(count, out, in, input, packed_part(panels, in, 0, column), before + column,
                    y_stride, start, own_bias);
      } else {
        gemm(count, out, in, input, transposed<T>(weight.data + column * in, in), before + column,
             y_stride, start, own_bias);
      }
    }
    if (slope) {
      activate_keeping_slope(activation, count * y_stride, before, to);
    } else if (activation != Activation::none) {
      activate<T>(activation, count * y_stride, before, to);
    }
  });
}

template <typename T>
void linear_backward_input(LinearSize size, Activation activation, const T* y, const T* slope,
                           const LinearWeight<T>& weight, T* dy, T* dx, bool accumulate) {
  const std::int64_t groups = size.groups, in = size.in, out = size.out;
  const std::int64_t x_stride = size.x_stride(), y_stride = size.y_stride();
  const T* panels = weight.backward_panels;
  for_each_block(size.rows, panels != nullptr, [&](std::int64_t first, std::int64_t count) {
    T* upstream = dy + first * y_stride;
    if (slope) {
      const T* own_slope = slope + first * y_stride;
      for (std::int64_t i = 0; i < count * y_stride; ++i) upstream[i] *= own_slope[i];
    } else if (activation != Activation::none) {
      activate_backward<T>(activation, count * y_stride, nullptr, y + first * y_stride, upstream,
                           upstream, false);
    }
    if (!dx) return;
    T* to = dx + first * x_stride;
    for (std::int64_t group = 0; group < groups; ++group) {
      const MatrixView<T> from{upstream + group * out, y_stride, 1};
      if (panels) {
        gemm_packed(count, in, out, from, packed_part(panels, groups * out, group * out, 0),
                    to + group * in, x_stride, start_of(accumulate));
      } else {
        gemm(count, in, out, from, row_major<T>(weight.data + group * out * in, in),
             to + group * in, x_stride, start_of(accumulate));
      }
    }
  });
}

template <typename T>
void linear_backward_weight(LinearSize size, const T* x, const T* dy, T* dw, bool accumulate) {
  const std::int64_t in = size.in, out = size.out;
  for (std::int64_t group = 0; group < size.groups; ++group) {
    gemm<T>(out, in, size.rows, {dy + group * out, 1, size.y_stride()},
            {x + group * in, size.x_stride(), 1}, dw + group * out * in, in, start_of(accumulate));
  }
}

#define SEQRL_INSTANTIATE(T)                                                                      \
  template void linear<T>(LinearSize, Activation, const T*, const LinearWeight<T>&, const T*, T*, \
                          T*);                                                                    \
  template void linear_backward_input<T>(LinearSize, Activation, const T*, const T*,              \
                                         const LinearWeight<T>&, T*, T*, bool);                   \
  template void linear_backward_weight<T>(LinearSize, const T*, const T*, T*, bool);
SEQRL_INSTANTIATE(float)
SEQRL_INSTANTIATE(double)

}  // namespace seqrl::cpu
