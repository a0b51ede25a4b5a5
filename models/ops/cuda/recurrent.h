// Kernels of models/ops/recurrent.h on CUDA: a block takes a few sequences through all tokens in
// one launch, their states in shared memory, the weights in registers or, where they are many, from
// the caches.
#pragma once

#include "models/core/alignment.h"
#include "models/ops/common/recurrent.h"
#include "models/ops/cuda/kernel.h"

namespace seqrl::cuda {

using op::Recurrence;
using op::RecurrentCell;

// Units for which a sequence's gates and states still fit in a block's shared memory.
inline constexpr std::int64_t kLargestHidden = 4096;

// Elements of scratch that both directions need: the weights, with up to 15 more units.
inline std::int64_t recurrent_scratch(std::int64_t gates, std::int64_t hidden) {
  return gates * hidden * round_up(hidden, 16);
}

// Fills gates, memory and h. `weight` is the op's, (gates·hidden, hidden).
template <typename T>
inline Kernel<void(RecurrentCell, const Recurrence<T>&, const T* weight, const T* bias, T* scratch)>
    recurrent;

// From dh (batch, time, hidden) the gradient of the inputs, dinputs, written or added to; replaces
// `gates` by the gradient of W·h + b.
template <typename T>
inline Kernel<void(RecurrentCell, const Recurrence<T>&, const T* weight, const T* dh, T* dinputs,
                   bool accumulate, T* scratch)>
    recurrent_backward;

// before (batch, time, hidden): each token's h before it.
template <typename T>
inline Kernel<void(const Recurrence<T>&, T* before)> states_before;

}  // namespace seqrl::cuda
