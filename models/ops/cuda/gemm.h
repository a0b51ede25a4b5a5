// Matrix products on CUDA: by cuBLASLt, or by a plain loop where the tests emulate a device.
#pragma once

#include "models/core/dtype.h"
#include "models/ops/cuda/kernel.h"
#include "models/ops/cuda/product.h"

namespace seqrl::cuda {

// Sets the precision of this process's later products; float32 until it is called.
inline Kernel<void(Precision)> set_precision;

template <typename T>
inline Kernel<void(const Product<T>&)> matmul;

// One product, with the semantics of cpu::gemm.
template <typename T>
void gemm(std::int64_t m, std::int64_t n, std::int64_t k, op::MatrixView<T> a, op::MatrixView<T> b,
          T* c, std::int64_t c_stride, op::Start start, const T* bias) {
  matmul<T>({m, n, k, a, b, c, c_stride, start, bias});
}

}  // namespace seqrl::cuda
