// Positions in the device's memory.
#pragma once

#include "models/ops/cuda/kernel.h"

namespace seqrl::cuda {

inline Kernel<void(std::int64_t* position, std::int64_t tokens)> advance;

}  // namespace seqrl::cuda
