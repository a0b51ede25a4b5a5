// CPU kernels of models/ops/activation.h.
#pragma once

#include <cstdint>

#include "models/ops/common/activation.h"

namespace seqrl::cpu {

// y = activation(x) for n elements; y may be x.
template <typename T>
void activate(Activation activation, std::int64_t n, const T* x, T* y);

// y = activation(x); replaces x by activation′(x). For gelu and silu, which share an exponential
// between value and slope.
template <typename T>
void activate_keeping_slope(Activation activation, std::int64_t n, T* x, T* y);

// dx = dy · activation′(x), or dx += with `accumulate`. `y` is activation(x): tanh, sigmoid and
// relu read y alone, the others read x alone. dx may be dy.
template <typename T>
void activate_backward(Activation activation, std::int64_t n, const T* x, const T* y, const T* dy,
                       T* dx, bool accumulate);

}  // namespace seqrl::cpu
