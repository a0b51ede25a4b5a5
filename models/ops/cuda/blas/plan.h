// Plans of matrix products, which cuBLASLt carries out.
#pragma once

#include <cublasLt.h>

#include <optional>

#include "models/core/dtype.h"
#include "models/ops/cuda/product.h"

namespace seqrl::cuda {

// The precision of the products to come, in this process.
Precision product_precision();
void set_product_precision(Precision precision);

// What comes after a product, where cuBLASLt has it in one.
std::optional<cublasLtEpilogue_t> epilogue_of(const Product<float>& product);

// Asks cuBLASLt to do it all in one, with factors rounded to that precision. Whether it can, and
// its activation is ours. The first product of a kind is planned, which must not be within a
// capture, and the plan kept for as long as the process lives.
bool multiply_at_once(const Product<float>& product, cublasLtEpilogue_t epilogue,
                      Precision rounding);

}  // namespace seqrl::cuda
