#include "models/ops/cuda/blas/report.h"

#include "models/core/tensor.h"
#include "models/ops/cuda/blas/plan.h"

namespace seqrl::cuda {

bool fuses_activation(Activation activation, bool keeps, std::int64_t rows, std::int64_t in,
                      std::int64_t out) {
  const auto zeros = [](std::int64_t count) {
    return Storage(static_cast<std::size_t>(count) * sizeof(float), Device::cuda);
  };
  const auto address = [](const Storage& memory) {
    return reinterpret_cast<float*>(memory.data());
  };
  const Storage x = zeros(rows * in), weight = zeros(out * in), bias = zeros(out),
                y = zeros(rows * out), kept = zeros(rows * out);
  const Product<float> product{.m = rows,
                               .n = out,
                               .k = in,
                               .a = {address(x), in, 1},
                               .b = op::transposed<float>(address(weight), in),
                               .c = address(y),
                               .c_stride = out,
                               .start = op::Start::bias,
                               .bias = address(bias),
                               .activation = activation,
                               .before = keeps ? address(kept) : nullptr};
  const auto epilogue = epilogue_of(product);
  return epilogue && multiply_at_once(product, *epilogue, product_precision());
}

}  // namespace seqrl::cuda
