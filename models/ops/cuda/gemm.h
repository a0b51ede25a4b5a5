// Matrix products on CUDA: cuBLASLt's, and a plain loop where the tests emulate a device.
#pragma once

#include "models/ops/activation.h"
#include "models/ops/cpu/gemm.h"
#include "models/ops/cuda/kernel.h"

namespace seqrl::cuda {

// Of the products to come, in this process; float32 until somebody says otherwise.
inline Kernel<void(Precision)> set_precision;

// Sets it for as long as it lives.
class ProductsIn {
 public:
  explicit ProductsIn(Precision precision) { set_precision(precision); }
  ProductsIn(const ProductsIn&) = delete;
  ProductsIn& operator=(const ProductsIn&) = delete;
  ~ProductsIn() { set_precision(Precision::float32); }
};

// C (M, N), rows `c_stride` apart, from A (M, K) and B (K, N), each with one stride of 1, as
// cpu::gemm does; and what a layer asks for besides.
template <typename T>
struct Product {
  std::int64_t m, n, k;
  cpu::MatrixView<T> a, b;
  T* c;
  std::int64_t c_stride;
  cpu::Start start = cpu::Start::zero;
  const T* bias = nullptr;  // (N), for Start::bias

  // So many products, each of whose operands begin so many elements after those of the one before.
  std::int64_t count = 1, a_step = 0, b_step = 0, c_step = 0, bias_step = 0;

  // Applied to the results, which leave no gaps then; what goes into it is kept in `before`, where
  // that is not null, as C is laid out.
  Activation activation = Activation::none;
  T* before = nullptr;
};
template <typename T>
inline Kernel<void(const Product<T>&)> matmul;

// One product, in cpu::gemm's words.
template <typename T>
void gemm(std::int64_t m, std::int64_t n, std::int64_t k, cpu::MatrixView<T> a,
          cpu::MatrixView<T> b, T* c, std::int64_t c_stride, cpu::Start start, const T* bias) {
  matmul<T>({m, n, k, a, b, c, c_stride, start, bias});
}

}  // namespace seqrl::cuda
