// The settings of all matrix products: weights packed for those of the CPU, and the precision of
// those of CUDA. The products themselves are in linear.h.
#pragma once

#include <cstddef>
#include <cstdint>

#include "models/core/tensor.h"

namespace seqrl {

// Bytes of the panels of a (k, n) matrix on the CPU, rounded up to whole cache lines.
std::size_t panel_bytes(DType dtype, std::int64_t k, std::int64_t n);

// Lays a weight (out, in) of the CPU out in panels, for x·Wᵀ in `forward` (of panel_bytes(in, out))
// and, unless that is null, for dy·W in `backward` (of panel_bytes(out, in)).
void pack_weight(const Tensor& weight, void* forward, void* backward);

// Sets the precision of the products of CUDA in this process for as long as it lives, then float32
// again.
class ProductPrecision {
 public:
  explicit ProductPrecision(Precision precision);
  ProductPrecision(const ProductPrecision&) = delete;
  ProductPrecision& operator=(const ProductPrecision&) = delete;
  ~ProductPrecision();
};

}  // namespace seqrl
