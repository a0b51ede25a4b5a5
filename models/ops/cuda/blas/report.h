// What cuBLASLt does for a layer, for benchmarks.
#pragma once

#include <cstdint>

#include "models/ops/common/activation.h"

namespace seqrl::cuda {

// Whether the activation of a layer (rows, in) → (rows, out) is fused into its product, in the
// precision of later products: cuBLASLt has it and it matches ours. `keeps`: the activation's input
// is kept.
bool fuses_activation(Activation activation, bool keeps, std::int64_t rows, std::int64_t in,
                      std::int64_t out);

}  // namespace seqrl::cuda
