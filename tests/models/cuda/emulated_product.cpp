#include "emulated_product.h"

#include <cmath>
#include <vector>

#include "cuda_emulation.h"
#include "emulated_runtime.h"
#include "models/ops/cpu/activation.h"
#include "models/ops/cpu/gemm.h"
#include "race_checker.h"

namespace seqrl::emulation {
namespace {

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
std::vector<T> rounded(Precision to, const op::MatrixView<T>& view, std::int64_t rows,
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
void note(Access access, const op::MatrixView<T>& view, std::int64_t rows, std::int64_t columns) {
  for (std::int64_t i = 0; i < rows; ++i) {
    for (std::int64_t j = 0; j < columns; ++j) {
      emulation::note(access, view.data + i * view.row_stride + j * view.column_stride, sizeof(T));
    }
  }
}

template <typename T>
void multiply(Precision precision, const cuda::Product<T>& product) {
  const auto& [m, n, k, a, b, c, c_stride, start, bias, count, a_step, b_step, c_step, bias_step,
               activation, before] = product;
  for (std::int64_t i = 0; i < count; ++i) {
    const op::MatrixView<T> left{a.data + i * a_step, a.row_stride, a.column_stride},
        right{b.data + i * b_step, b.row_stride, b.column_stride};
    T *y = c + i * c_step, *x = before ? before + i * c_step : y;
    const T* first = start == op::Start::bias ? bias + i * bias_step : nullptr;
    note(Access::read, left, m, k);
    note(Access::read, right, k, n);
    if (first) note(Access::read, op::row_major(first, n), 1, n);
    note(Access::write, op::MatrixView<T>{x, c_stride, 1}, m, n);
    if (before) note(Access::write, op::MatrixView<T>{y, c_stride, 1}, m, n);
    if (precision == Precision::float32) {
      cpu::gemm<T>(m, n, k, left, right, x, c_stride, start, first);
    } else {
      const std::vector<T> p = rounded(precision, left, m, k), q = rounded(precision, right, k, n);
      cpu::gemm<T>(m, n, k, {p.data(), k, 1}, {q.data(), n, 1}, x, c_stride, start, first);
    }
    for (std::int64_t row = 0; row < m && activation != Activation::none; ++row) {
      cpu::activate<T>(activation, n, x + row * c_stride, y + row * c_stride);
    }
  }
}

}  // namespace

template <typename T>
void submit_product(Precision precision, const cuda::Product<T>& product) {
  submit([=] {
    const DeviceAccess access;
    multiply(precision, product);
  });
}

template void submit_product(Precision, const cuda::Product<float>&);
template void submit_product(Precision, const cuda::Product<double>&);

}  // namespace seqrl::emulation
