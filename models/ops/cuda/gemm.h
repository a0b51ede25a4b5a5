// The matrix product of models/ops/cpu/gemm.h on CUDA: cuBLASLt's, and a plain loop where the tests
// emulate a device.
#pragma once

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

// C (M, N), rows `c_stride` apart, from A (M, K) and B (K, N), each with one stride of 1.
template <typename T>
inline Kernel<void(std::int64_t m, std::int64_t n, std::int64_t k, cpu::MatrixView<T> a,
                   cpu::MatrixView<T> b, T* c, std::int64_t c_stride, cpu::Start start,
                   const T* bias)>
    gemm;

}  // namespace seqrl::cuda
