#include "models/ops/flops.h"

#include "models/ops/cpu/gemm.h"
#include "models/ops/cpu/selective_scan.h"

namespace seqrl {

std::uint64_t counted_flops() {
  return cpu::matrix_flops() + cpu::selective_scan_flops();
}

}  // namespace seqrl
