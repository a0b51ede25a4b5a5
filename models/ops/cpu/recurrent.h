// CPU kernels of models/ops/recurrent.h.
#pragma once

#include "models/ops/common/recurrent.h"

namespace seqrl::cpu {

using op::Recurrence;
using op::RecurrentCell;

// Fills gates, memory and h. `weights` are the panels of Wᵀ; scratch: batch · (G + 1) ·
// hidden elements.
template <typename T>
void recurrent(RecurrentCell cell, const Recurrence<T>& pass, const T* weights, const T* bias,
               T* scratch);

// Computes dinputs, the gradient of the inputs, from dh (batch, time, hidden). Replaces `gates` by
// the gradient of W·h + b. `weights` are the panels of W; scratch: batch · (G + 2) · hidden
// elements.
template <typename T>
void recurrent_backward(RecurrentCell cell, const Recurrence<T>& pass, const T* weights,
                        const T* dh, T* dinputs, T* scratch);

// before (batch, time, hidden): h before each token.
template <typename T>
void states_before(const Recurrence<T>& pass, T* before);

}  // namespace seqrl::cpu
