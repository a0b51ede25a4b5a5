// Kernels of models/ops/toy_scale.h.
#pragma once

#include <cstdint>

namespace seqrl::cpu {

// y = factor · x, or y += with `accumulate`; x and y (n).
template <typename T>
void toy_scale(std::int64_t n, T factor, const T* x, T* y, bool accumulate);

}  // namespace seqrl::cpu
