#include "models/ops/cpu/rearrange.h"

#include <algorithm>

namespace seqrl::cpu {

template <typename T>
void copy_rows(std::int64_t rows, std::int64_t columns, const T* from, std::int64_t from_stride,
               T* to, std::int64_t to_stride, bool accumulate) {
  for (std::int64_t r = 0; r < rows; ++r, from += from_stride, to += to_stride) {
    if (accumulate) {
      for (std::int64_t i = 0; i < columns; ++i) to[i] += from[i];
    } else {
      std::copy_n(from, columns, to);
    }
  }
}

template <typename T>
void split_rows(std::int64_t rows, std::int64_t dim, const T* x, const Pieces<T>& pieces) {
  for (int i = 0; i < pieces.count; x += pieces.size[i++]) {
    if (!pieces.data[i]) continue;
    copy_rows<T>(rows, pieces.size[i], x, dim, pieces.data[i], pieces.size[i],
                 pieces.accumulate[i]);
  }
}

template <typename T>
void join_rows(std::int64_t rows, std::int64_t dim, const Pieces<T>& pieces, T* y,
               bool accumulate) {
  for (int i = 0; i < pieces.count; y += pieces.size[i++]) {
    copy_rows<T>(rows, pieces.size[i], pieces.data[i], pieces.size[i], y, dim, accumulate);
  }
}

#define SEQRL_INSTANTIATE(T)                                                                       \
  template void copy_rows<T>(std::int64_t, std::int64_t, const T*, std::int64_t, T*, std::int64_t, \
                             bool);                                                                \
  template void split_rows<T>(std::int64_t, std::int64_t, const T*, const Pieces<T>&);             \
  template void join_rows<T>(std::int64_t, std::int64_t, const Pieces<T>&, T*, bool);
SEQRL_INSTANTIATE(float)
SEQRL_INSTANTIATE(double)

}  // namespace seqrl::cpu
