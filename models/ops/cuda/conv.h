// CUDA kernels of models/ops/conv.h. `weight` is the op's, (dim, kernel); `context` may be null.
#pragma once

#include "models/ops/common/activation.h"
#include "models/ops/common/conv.h"
#include "models/ops/cuda/reduce.h"

namespace seqrl::cuda {

using op::ConvSize;

// y = activation(bias + the convolution of x). Unless null, `before` receives the activation's
// input. bias may be null.
template <typename T>
inline Kernel<void(ConvSize, Activation, const T* x, const T* weight, const T* bias,
                   const T* context, T* before, T* y)>
    causal_conv;

template <typename T>
inline Kernel<void(ConvSize, const T* dy, const T* weight, T* dx, bool accumulate)>
    causal_conv_backward_input;

// Computes the parts (RowParts(batch · time).count, dim · kernel) of the weight's gradient.
template <typename T>
inline Kernel<void(ConvSize, const T* x, const T* context, const T* dy, T* parts)>
    causal_conv_weight_parts;

}  // namespace seqrl::cuda
