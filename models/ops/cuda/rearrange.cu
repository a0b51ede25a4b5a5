#include "models/ops/cuda/rearrange.h"

#include "models/ops/cuda/kernel.cuh"

namespace seqrl::cuda {
namespace {

using op::kMaxParts;

template <typename T>
__global__ void copy(Size rows, Divisor columns, const T* from, Size from_stride, T* to,
                     Size to_stride, bool accumulate) {
  const Size number = thread_number();
  if (number >= rows * columns) return;
  const Size r = number / columns, i = number % columns;
  put(to[r * to_stride + i], from[r * from_stride + i], accumulate);
}

// The address of element i of row r in the pieces; null if its piece is left out. The loop has no
// early exit, so that `pieces` stays in parameter memory.
template <typename T>
__device__ T* piece_at(const Pieces<T>& pieces, Size r, Size i, bool& accumulate) {
  T* found = nullptr;
  Size begin = 0;
#pragma unroll
  for (int p = 0; p < kMaxParts; ++p) {
    const Size size = p < pieces.count ? pieces.size[p] : 0;
    if (i >= begin && i < begin + size) {
      found = pieces.data[p] ? pieces.data[p] + r * size + (i - begin) : nullptr;
      accumulate = pieces.accumulate[p];
    }
    begin += size;
  }
  return found;
}

template <typename T>
__global__ void split(Size rows, Divisor dim, const T* x, Pieces<T> pieces) {
  const Size number = thread_number();
  if (number >= rows * dim) return;
  bool accumulate = false;
  T* to = piece_at(pieces, number / dim, number % dim, accumulate);
  if (to) put(*to, x[number], accumulate);
}

template <typename T>
__global__ void join(Size rows, Divisor dim, Pieces<T> pieces, T* y, bool accumulate) {
  const Size number = thread_number();
  if (number >= rows * dim) return;
  bool unused = false;
  const T* from = piece_at(pieces, number / dim, number % dim, unused);
  put(y[number], from ? *from : T(0), accumulate);
}

}  // namespace

void install_rearrange() {
  const auto install = []<typename T>(T) {
    copy_rows<T> = [](Size rows, Size columns, const T* from, Size from_stride, T* to,
                      Size to_stride, bool accumulate) {
      launch(copy<T>, blocks_for(rows * columns), kThreads, 0, rows, columns, from, from_stride, to,
             to_stride, accumulate);
    };
    split_rows<T> = [](Size rows, Size dim, const T* x, const Pieces<T>& pieces) {
      launch(split<T>, blocks_for(rows * dim), kThreads, 0, rows, dim, x, pieces);
    };
    join_rows<T> = [](Size rows, Size dim, const Pieces<T>& pieces, T* y, bool accumulate) {
      launch(join<T>, blocks_for(rows * dim), kThreads, 0, rows, dim, pieces, y, accumulate);
    };
  };
  SEQRL_INSTALL(install);
}

}  // namespace seqrl::cuda
