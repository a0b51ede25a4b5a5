// A probe of cuBLASLt's activations: whether they are ours.
#pragma once

#include <functional>

#include "models/ops/cuda/product.h"

namespace seqrl::cuda {

// How exact cuBLASLt's activation is, and what becomes of NaN, is written nowhere, and may differ
// from algorithm to algorithm. So a product like `product`, of inputs that no precision rounds,
// goes through `multiply`, the plan that was made for it, and is compared with ours, on the device.
// True where there is no activation. Must not be within a capture.
bool activation_matches(const Product<float>& product,
                        const std::function<void(const Product<float>&)>& multiply);

}  // namespace seqrl::cuda
