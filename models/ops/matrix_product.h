// Settings of all matrix products: weights packed for the CPU, and the precision on CUDA. The
// products themselves are in linear.h.
#pragma once

#include <cstddef>
#include <cstdint>

#include "models/core/tensor.h"

namespace seqrl {

// The bytes of the panels of a (k, n) matrix on the CPU, rounded up to whole cache lines.
std::size_t panel_bytes(DType dtype, std::int64_t k, std::int64_t n);

// Lays out a CPU weight (out, in) in panels: for x·Wᵀ in `forward`, of panel_bytes(in, out) bytes,
// and for dy·W in `backward`, of panel_bytes(out, in) bytes, unless it is null.
void pack_weight(const Tensor& weight, void* forward, void* backward);

// While an instance lives, sets the precision of CUDA's products in this process; afterwards it is
// float32 again.
class ProductPrecision {
 public:
  explicit ProductPrecision(Precision precision);
  ProductPrecision(const ProductPrecision&) = delete;
  ProductPrecision& operator=(const ProductPrecision&) = delete;
  ~ProductPrecision();
};

}  // namespace seqrl
