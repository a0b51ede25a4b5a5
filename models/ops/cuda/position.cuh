// The value of a position, in kernels.
#pragma once

#include "models/ops/common/position.h"
#include "models/ops/cuda/kernel.cuh"

namespace seqrl::cuda {

__device__ inline Size value_of(const Position& position) {
  return position.on_device ? *position.on_device : position.number;
}

}  // namespace seqrl::cuda
