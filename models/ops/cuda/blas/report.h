// What cuBLASLt does for a layer, for those who measure it.
#pragma once

#include <cstdint>

#include "models/ops/common/activation.h"

namespace seqrl::cuda {

// Whether a layer's activation is in its product (rows, in) → (rows, out), in the precision of the
// products to come, because cuBLASLt has it and it is ours. `keeps`: with its input kept.
bool fuses_activation(Activation activation, bool keeps, std::int64_t rows, std::int64_t in,
                      std::int64_t out);

}  // namespace seqrl::cuda
