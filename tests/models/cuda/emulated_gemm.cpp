// Replaces models/ops/cuda/gemm.cu in test_cuda if cuBLASLt's header is missing.
#include "emulated_product.h"
#include "models/ops/cuda/install.h"

namespace seqrl::cuda {
namespace {

Precision precision = Precision::float32;

template <typename T>
void submit(const Product<T>& product) {
  emulation::submit_product(precision, product);
}

}  // namespace

const char* find_products() {
  return nullptr;
}

void install_gemm() {
  set_precision = [](Precision chosen) { precision = chosen; };
  matmul<float> = submit<float>;
  matmul<double> = submit<double>;
}

}  // namespace seqrl::cuda
