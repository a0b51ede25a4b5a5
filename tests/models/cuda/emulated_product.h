// Matrix products of the emulated device.
#pragma once

#include "models/ops/cuda/gemm.h"

namespace seqrl::emulation {

// Asks for one: float64, and float32 where nothing stands for cuBLASLt.
template <typename T>
void submit_product(Precision precision, const cuda::Product<T>& product);

}  // namespace seqrl::emulation
