#include "models/ops/cuda/kernel.h"

#include "configs/base/error.h"

namespace seqrl::cuda {

void reject_missing_kernel() {
  reject("CUDA computes in float32 only; for float64 use device: cpu");
}

}  // namespace seqrl::cuda
