// CUDA kernels of models/ops/recurrent.h. A block processes a few sequences through all tokens in
// one launch. Their states are in shared memory; the weights are in registers or, if there are
// many, come from the caches.
#pragma once

#include "models/core/alignment.h"
#include "models/ops/common/recurrent.h"
#include "models/ops/cuda/kernel.h"

namespace seqrl::cuda {

using op::Recurrence;
using op::RecurrentCell;

// The most units for which a sequence's gates and states fit in a block's shared memory.
inline constexpr std::int64_t kLargestHidden = 4096;

// Elements of the packed weights of one direction, which pad the units by up to 15.
inline std::int64_t recurrent_packed(std::int64_t gates, std::int64_t hidden) {
  return gates * hidden * round_up(hidden, 16);
}

// Fills gates, memory and h. `weight` is the op's, (gates·hidden, hidden). `packed` receives it in
// forward's reading order and, with `both`, followed by backward's.
template <typename T>
inline Kernel<void(RecurrentCell, const Recurrence<T>&, const T* weight, const T* bias, bool both,
                   T* packed)>
    recurrent;

// Outputs of backward besides the gradient of the inputs; null ones are skipped. `before` (batch,
// time, hidden): h before each token. The sums (batch, gates·hidden) over each sequence's tokens of
// the gradients of the inputs, which are then written without adding, and of W·h + b.
template <typename T>
struct RecurrentGradients {
  T *before, *input_sums, *bias_sums;
};

// Computes dinputs, the gradient of the inputs, from dh (batch, time, hidden), and writes it or
// adds to it. Replaces `gates` by the gradient of W·h + b. `packed` is forward's, made with `both`.
template <typename T>
inline Kernel<void(RecurrentCell, const Recurrence<T>&, const T* packed, const T* dh, T* dinputs,
                   bool accumulate, const RecurrentGradients<T>&)>
    recurrent_backward;

}  // namespace seqrl::cuda
