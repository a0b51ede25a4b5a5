// Parts of tensors, and tensors of parts.
#pragma once

#include "models/core/tensor.h"

namespace seqrl {

// Elements [begin, begin + size) of the last dimension: x (..., dim) → (..., size).
Tensor slice_last(const Tensor& x, std::int64_t begin, std::int64_t size);

// a (..., m) beside b (..., n), row by row → (..., m + n).
Tensor concatenate_last(const Tensor& a, const Tensor& b);

}  // namespace seqrl
