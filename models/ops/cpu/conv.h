// CPU kernels of models/ops/conv.h: vectorised over dim, one output row at a time.
#pragma once

#include "models/ops/common/conv.h"

namespace seqrl::cpu {

using op::ConvSize;

// Transposes the op's weight (dim, kernel) to taps (kernel, dim), and adds the taps' gradient to
// the weight's.
template <typename T>
void causal_conv_taps(ConvSize size, const T* weight, T* taps);
template <typename T>
void causal_conv_add_taps(ConvSize size, const T* dtaps, T* dweight);

// y = bias + the convolution of x. `taps` (kernel, dim) is the transposed weight; `context` (batch,
// kernel − 1, dim) and `bias` may be null; `zeros` (dim) is used for tokens before the beginning.
template <typename T>
void causal_conv(ConvSize size, const T* x, const T* taps, const T* bias, const T* context,
                 const T* zeros, T* y);

// Writes dx, or adds to it with `accumulate`.
template <typename T>
void causal_conv_backward_input(ConvSize size, const T* dy, const T* taps, const T* zeros, T* dx,
                                bool accumulate);

// Adds to dtaps (kernel, dim).
template <typename T>
void causal_conv_backward_taps(ConvSize size, const T* x, const T* context, const T* dy, T* dtaps);

}  // namespace seqrl::cpu
