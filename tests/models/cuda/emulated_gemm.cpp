// What stands for cuBLASLt in test_cuda.
#include "cuda_emulation.h"
#include "emulated_runtime.h"
#include "models/ops/cuda/gemm.h"
#include "models/ops/cuda/install.h"

namespace seqrl::cuda {
namespace {

template <typename T>
void multiply(std::int64_t m, std::int64_t n, std::int64_t k, cpu::MatrixView<T> a,
              cpu::MatrixView<T> b, T* c, std::int64_t c_stride, cpu::Start start, const T* bias) {
  emulation::submit([=] {
    const emulation::DeviceAccess access;
    cpu::gemm<T>(m, n, k, a, b, c, c_stride, start, bias);
  });
}

}  // namespace

void install_gemm() {
  gemm<float> = multiply<float>;
  gemm<double> = multiply<double>;
}

}  // namespace seqrl::cuda
