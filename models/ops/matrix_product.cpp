#include "models/ops/matrix_product.h"

#include "models/core/alignment.h"
#include "models/ops/cpu/gemm.h"
#include "models/ops/cuda/gemm.h"

namespace seqrl {

std::size_t panel_bytes(DType dtype, std::int64_t k, std::int64_t n) {
  const std::size_t bytes = dispatch(dtype, [&]<typename T>(T) {
    return static_cast<std::size_t>(cpu::packed_size<T>(k, n)) * sizeof(T);
  });
  return round_up(bytes, kMemoryAlignment);
}

void pack_weight(const Tensor& weight, void* forward, void* backward) {
  SEQRL_CHECK(weight.device() == Device::cpu && weight.shape().rank() == 2);
  const std::int64_t out = weight.dim(0), in = weight.dim(1);
  dispatch(weight.dtype(), [&]<typename T>(T) {
    const T* data = weight.data<T>();
    cpu::pack(op::transposed(data, in), in, out, static_cast<T*>(forward));
    if (backward) cpu::pack(op::row_major(data, in), out, in, static_cast<T*>(backward));
  });
}

ProductPrecision::ProductPrecision(Precision precision) {
  runtime_of(Device::cuda);  // installs the kernels
  cuda::set_precision(precision);
}

ProductPrecision::~ProductPrecision() {
  cuda::set_precision(Precision::float32);
}

}  // namespace seqrl
