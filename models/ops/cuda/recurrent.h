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

// Elements of the packed weights of one direction: up to 15 more units than there are.
inline std::int64_t recurrent_packed(std::int64_t gates, std::int64_t hidden) {
  return gates * hidden * round_up(hidden, 16);
}

// Fills gates, memory and h. `weight` is the op's, (gates·hidden, hidden); `packed` receives it in
// the order in which forward reads it and, with `both`, behind that in backward's.
template <typename T>
inline Kernel<void(RecurrentCell, const Recurrence<T>&, const T* weight, const T* bias, bool both,
                   T* packed)>
    recurrent;

// What backward gives besides the gradient of the inputs. `before` (batch, time, hidden): each
// token's h before it. The sums over each sequence's tokens (batch, gates·hidden) of the gradients
// of the inputs, which are then written, and of W·h + b; null where nobody asks.
template <typename T>
struct RecurrentGradients {
  T *before, *input_sums, *bias_sums;
};

// From dh (batch, time, hidden) the gradient of the inputs, dinputs, written or added to; replaces
// `gates` by the gradient of W·h + b. `packed` is what forward packed of `both`.
template <typename T>
inline Kernel<void(RecurrentCell, const Recurrence<T>&, const T* packed, const T* dh, T* dinputs,
                   bool accumulate, const RecurrentGradients<T>&)>
    recurrent_backward;

}  // namespace seqrl::cuda
