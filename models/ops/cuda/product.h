// A matrix product on CUDA, and the operations before and after it.
#pragma once

#include "models/ops/common/activation.h"
#include "models/ops/common/matrix.h"

namespace seqrl::cuda {

// C (M, N), rows `c_stride` apart, from A (M, K) and B (K, N), each with one stride of 1, as in
// cpu::gemm; plus the options of a layer.
template <typename T>
struct Product {
  std::int64_t m, n, k;
  op::MatrixView<T> a, b;
  T* c;
  std::int64_t c_stride;
  op::Start start = op::Start::zero;
  const T* bias = nullptr;  // (N), for Start::bias

  // Number of products; each operand begins this many elements after the previous product's.
  std::int64_t count = 1, a_step = 0, b_step = 0, c_step = 0, bias_step = 0;

  // Applied to the results, which must then be contiguous. Unless null, `before` keeps the
  // activation's input, in the layout of C.
  Activation activation = Activation::none;
  T* before = nullptr;
};

}  // namespace seqrl::cuda
