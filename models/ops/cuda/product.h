// A matrix product on CUDA, and what comes before and after it.
#pragma once

#include "models/ops/common/activation.h"
#include "models/ops/common/matrix.h"

namespace seqrl::cuda {

// C (M, N), rows `c_stride` apart, from A (M, K) and B (K, N), each with one stride of 1, as
// cpu::gemm does; and what a layer asks for besides.
template <typename T>
struct Product {
  std::int64_t m, n, k;
  op::MatrixView<T> a, b;
  T* c;
  std::int64_t c_stride;
  op::Start start = op::Start::zero;
  const T* bias = nullptr;  // (N), for Start::bias

  // So many products, each of whose operands begin so many elements after those of the one before.
  std::int64_t count = 1, a_step = 0, b_step = 0, c_step = 0, bias_step = 0;

  // Applied to the results, which leave no gaps then; what goes into it is kept in `before`, where
  // that is not null, as C is laid out.
  Activation activation = Activation::none;
  T* before = nullptr;
};

}  // namespace seqrl::cuda
