#include "models/ops/cuda/gemm.h"

#include <string>

#include "configs/base/error.h"
#include "models/ops/cuda/activation.h"
#include "models/ops/cuda/blas/plan.h"
#include "models/ops/cuda/kernel.cuh"

namespace seqrl::cuda {
namespace {

using op::Start;

// The product with no terms: the bias, or zeros.
__global__ void start_only(Size m, Divisor n, const float* bias, float* c, Size c_stride) {
  const Size number = thread_number();
  if (number >= m * n) return;
  c[number / n * c_stride + number % n] = bias ? bias[number % n] : 0.0f;
}

// In one call or in steps that cuBLASLt can do. In float32 if it cannot round as asked.
void multiply_in_steps(const Product<float>& product) {
  const auto& [m, n, k, a, b, c, c_stride, start, bias, count, a_step, b_step, c_step, bias_step,
               activation, before] = product;
  if (m == 0 || n == 0 || count == 0) return;
  if (k > 0) {
    const auto epilogue = epilogue_of(product);
    if (epilogue && multiply_at_once(product, *epilogue, product_precision())) return;
  }
  Product<float> part = product;
  if (activation != Activation::none) {
    part.activation = Activation::none;
    part.before = nullptr;
    if (before) part.c = before;
    multiply_in_steps(part);
    activate<float>(activation, m * n * count, part.c, c);
  } else if (count > 1) {
    part.count = 1;
    for (Size i = 0; i < count; ++i) {
      part.a.data = a.data + i * a_step;
      part.b.data = b.data + i * b_step;
      part.c = c + i * c_step;
      if (bias) part.bias = bias + i * bias_step;
      multiply_in_steps(part);
    }
  } else if (k == 0) {
    if (start == Start::accumulate) return;
    launch(start_only, blocks_for(m * n), kThreads, 0, m, n, start == Start::bias ? bias : nullptr,
           c, c_stride);
  } else if (!multiply_at_once(product, *epilogue_of(product), Precision::float32)) {
    throw Error(ErrorKind::failure, "cuBLASLt has no algorithm for a matrix product of " +
                                        std::to_string(m) + " × " + std::to_string(k) + " and " +
                                        std::to_string(k) + " × " + std::to_string(n));
  }
}

}  // namespace

void install_gemm() {
  set_precision = set_product_precision;
  matmul<float> = multiply_in_steps;
}

}  // namespace seqrl::cuda
