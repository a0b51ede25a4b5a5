// Matrix products of the emulated device.
#pragma once

#include "models/ops/cuda/gemm.h"

namespace seqrl::emulation {

// Requests a product: in float64, and in float32 if nothing replaces cuBLASLt.
template <typename T>
void submit_product(Precision precision, const cuda::Product<T>& product);

}  // namespace seqrl::emulation
