// Kernels of models/ops/conv.h: vectorised over dim, one output row after the other.
#pragma once

#include "models/ops/common/conv.h"

namespace seqrl::cpu {

using op::ConvSize;

// The op's weight (dim, kernel) as taps (kernel, dim); and the taps' gradient, added to the
// weight's.
template <typename T>
void causal_conv_taps(ConvSize size, const T* weight, T* taps);
template <typename T>
void causal_conv_add_taps(ConvSize size, const T* dtaps, T* dweight);

// y = bias + the convolution of x. `taps` (kernel, dim) is the transposed weight; `context` (batch,
// kernel − 1, dim) and `bias` may be null; `zeros` (dim) stand for what is before the beginning.
template <typename T>
void causal_conv(ConvSize size, const T* x, const T* taps, const T* bias, const T* context,
                 const T* zeros, T* y);

// dx is written, or added to with `accumulate`.
template <typename T>
void causal_conv_backward_input(ConvSize size, const T* dy, const T* taps, const T* zeros, T* dx,
                                bool accumulate);

// dtaps (kernel, dim) is added to.
template <typename T>
void causal_conv_backward_taps(ConvSize size, const T* x, const T* context, const T* dy, T* dtaps);

}  // namespace seqrl::cpu
