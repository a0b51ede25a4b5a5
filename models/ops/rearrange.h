// Parts of tensors.
#pragma once

#include "models/core/tensor.h"

namespace seqrl {

// Elements [begin, begin + size) of the last dimension: x (..., dim) → (..., size).
Tensor slice_last(const Tensor& x, std::int64_t begin, std::int64_t size);

}  // namespace seqrl
