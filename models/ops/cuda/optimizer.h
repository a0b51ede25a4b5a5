// CUDA kernels of models/ops/optimizer.h.
#pragma once

#include <algorithm>

#include "models/core/alignment.h"
#include "models/ops/common/optimizer.h"
#include "models/ops/cuda/kernel.h"

namespace seqrl::cuda {

using op::AdamWRates;
using op::clip_scale;
using op::StepArguments;
using op::StepState;

// Stores the arguments in the device's state.
inline Kernel<void(StepState*, StepArguments)> set_step_arguments;

// How a gradient is cut to compute its norm: a block sums one piece's squares, and each block of
// the update adds up all pieces, so there are few.
struct NormPieces {
  std::int64_t length, count;

  explicit NormPieces(std::int64_t n)
      : length(std::max<std::int64_t>(4096, divide_up(n, std::int64_t{512}))),
        count(std::max<std::int64_t>(1, divide_up(n, length))) {}
};
// Scratch elements that adamw needs.
inline std::int64_t adamw_scratch(std::int64_t n) {
  return NormPieces(n).count + 1;
}

// One update of n parameters by the state's arguments, from the step's loss and gradient. The
// gradient is clipped to the norm `clip` (0: no clipping) and cleared. `decay` has one number for
// every `granule` elements. If `other` is not null and has failed, this step fails with it. Also
// for float64, which is the type of a learned temperature on every device.
template <typename T>
inline Kernel<void(StepState*, const StepState* other, std::int64_t n, double clip, const T* loss,
                   std::int64_t granule, const double* decay, T* p, T* m, T* v, T* g,
                   double* scratch)>
    adamw;

// sum += other, then clears other.
template <typename T>
inline Kernel<void(std::int64_t n, T* sum, T* other)> add_and_clear;

// target += rate · (leader − target), unless the leader's update failed.
template <typename T>
inline Kernel<void(const StepState*, std::int64_t n, T rate, const T* leader, T* target)>
    polyak_update;

}  // namespace seqrl::cuda
