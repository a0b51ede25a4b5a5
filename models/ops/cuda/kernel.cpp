#include "models/ops/cuda/kernel.h"

#include "configs/base/error.h"

namespace seqrl::cuda {

void reject_missing_kernel() {
  reject("CUDA computes in float32 only; for float64 use device: cpu");
}

}  // namespace seqrl::cuda

namespace seqrl::op {

void require_cpu(const char* op, const Tape& tape) {
  SEQRL_REQUIRE(!on_cuda(tape), "{}: not computed on CUDA yet; use device: cpu", op);
}

}  // namespace seqrl::op
