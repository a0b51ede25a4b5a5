// Plans of matrix products, which cuBLASLt executes.
#pragma once

#include <cublasLt.h>

#include <optional>

#include "models/core/dtype.h"
#include "models/ops/cuda/product.h"

namespace seqrl::cuda {

// The precision of this process's later products.
Precision product_precision();
void set_product_precision(Precision precision);

// The operations after a product, if cuBLASLt has them as one epilogue.
std::optional<cublasLtEpilogue_t> epilogue_of(const Product<float>& product);

// Asks cuBLASLt to do the product and its epilogue in one call, with factors rounded to that
// precision. Returns whether it can and its activation matches ours. Plans the first product of a
// kind, which must not be within a capture, and keeps the plan for the life of the process.
bool multiply_at_once(const Product<float>& product, cublasLtEpilogue_t epilogue,
                      Precision rounding);

}  // namespace seqrl::cuda
