// A probe of whether cuBLASLt's activations match ours.
#pragma once

#include <functional>

#include "models/ops/cuda/product.h"

namespace seqrl::cuda {

// The accuracy of cuBLASLt's activations and their handling of NaN are undocumented, and may differ
// between algorithms. So a product like `product`, with inputs that no precision rounds, is run by
// `multiply`, the plan made for it, and compared with ours on the device. Returns true if there is
// no activation. Must not be called within a capture.
bool activation_matches(const Product<float>& product,
                        const std::function<void(const Product<float>&)>& multiply);

}  // namespace seqrl::cuda
