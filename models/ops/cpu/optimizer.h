// CPU kernels of models/ops/optimizer.h.
#pragma once

#include <cstdint>

#include "models/ops/common/optimizer.h"

namespace seqrl::cpu {

// One update of n parameters p with moments m and v from the gradient g, which is cleared. `decay`
// has one number for every `granule` elements.
template <typename T>
void adamw(std::int64_t n, const op::AdamWRates& rates, std::int64_t granule, const double* decay,
           T* p, T* m, T* v, T* g);

// sum += other, then clears other.
template <typename T>
void add_and_clear(std::int64_t n, T* sum, T* other);

// Σ x², in an order that depends on n alone.
template <typename T>
double square_norm(std::int64_t n, const T* x);

// target += rate · (leader − target)
template <typename T>
void polyak_update(std::int64_t n, T rate, const T* leader, T* target);

}  // namespace seqrl::cpu
