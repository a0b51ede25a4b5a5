// What stands for cuBLASLt in test_cuda.
#include <cmath>
#include <vector>

#include "cuda_emulation.h"
#include "emulated_runtime.h"
#include "models/ops/cuda/gemm.h"
#include "models/ops/cuda/install.h"
#include "race_checker.h"

namespace seqrl::cuda {
namespace {

Precision precision = Precision::float32;

template <typename T>
T rounded(Precision to, T value) {
  if (!std::isfinite(value)) return value;
  int exponent = 0;
  const T mantissa = std::frexp(value, &exponent);  // in [0.5, 1): its first bit is not stored
  const int bits = to == Precision::tf32 ? 11 : 8;
  return std::ldexp(std::nearbyint(std::ldexp(mantissa, bits)), exponent - bits);
}

// A contiguous row-major copy, rounded.
template <typename T>
std::vector<T> rounded(Precision to, const cpu::MatrixView<T>& view, std::int64_t rows,
                       std::int64_t columns) {
  std::vector<T> values;
  for (std::int64_t i = 0; i < rows; ++i) {
    for (std::int64_t j = 0; j < columns; ++j) {
      values.push_back(rounded(to, view.data[i * view.row_stride + j * view.column_stride]));
    }
  }
  return values;
}

template <typename T>
void note(emulation::Access access, const cpu::MatrixView<T>& view, std::int64_t rows,
          std::int64_t columns) {
  for (std::int64_t i = 0; i < rows; ++i) {
    for (std::int64_t j = 0; j < columns; ++j) {
      emulation::note(access, view.data + i * view.row_stride + j * view.column_stride, sizeof(T));
    }
  }
}

template <typename T>
void multiply(std::int64_t m, std::int64_t n, std::int64_t k, cpu::MatrixView<T> a,
              cpu::MatrixView<T> b, T* c, std::int64_t c_stride, cpu::Start start, const T* bias) {
  emulation::submit([=, now = precision] {
    const emulation::DeviceAccess access;
    note(emulation::Access::read, a, m, k);
    note(emulation::Access::read, b, k, n);
    note(emulation::Access::write, cpu::MatrixView<T>{c, c_stride, 1}, m, n);
    if (start == cpu::Start::bias) note(emulation::Access::read, cpu::row_major(bias, n), 1, n);
    if (now == Precision::float32) return cpu::gemm<T>(m, n, k, a, b, c, c_stride, start, bias);
    const std::vector<T> left = rounded(now, a, m, k), right = rounded(now, b, k, n);
    cpu::gemm<T>(m, n, k, {left.data(), k, 1}, {right.data(), n, 1}, c, c_stride, start, bias);
  });
}

}  // namespace

const char* find_products() {
  return nullptr;
}

void install_gemm() {
  set_precision = [](Precision chosen) { precision = chosen; };
  gemm<float> = multiply<float>;
  gemm<double> = multiply<double>;
}

}  // namespace seqrl::cuda
