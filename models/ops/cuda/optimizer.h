// Kernels of models/training/optimizer.h on CUDA, over one flat block of parameters.
#pragma once

#include "models/ops/common/optimizer.h"
#include "models/ops/cuda/kernel.h"

namespace seqrl::cuda {

using op::AdamWRates;
using op::clip_scale;

// What the host says before a training step: all that differs from one to the next.
struct StepArguments {
  std::uint64_t step = 0;  // what dropout and batches draw with
  AdamWRates rates{};      // without clipping
};

// A training run's numbers in the device's memory. The device goes from step to step by itself; the
// host reads them when it wants to know.
struct StepState {
  StepArguments arguments;
  std::int64_t updates = 0;   // done
  double loss = 0, norm = 0;  // of the step before, or of the one that failed
  double loss_sum = 0;        // of the steps since it was cleared
  std::int64_t steps = 0;     // how many
  std::int64_t failed = -1;   // the step whose loss or norm was first not finite, if any:
                              // from there on nothing is updated
};

// Stores the arguments in the device's state.
inline Kernel<void(StepState*, StepArguments)> set_step_arguments;

// Elements that a block sums, and so the numbers of scratch that adamw needs.
inline constexpr std::int64_t kNormPiece = 4096;
inline std::int64_t adamw_scratch(std::int64_t n) {
  return (n + kNormPiece - 1) / kNormPiece;
}

// One update of n parameters by the state's arguments, from the step's loss and gradient, which is
// clipped to the norm `clip` (0: is not) and cleared. `decay` is one number for every `granule`
// elements. Where `other` is not null and has failed, this fails with it. Of float64, too: that is
// what a learned temperature is, on every device.
template <typename T>
inline Kernel<void(StepState*, const StepState* other, std::int64_t n, double clip, const T* loss,
                   std::int64_t granule, const double* decay, T* p, T* m, T* v, T* g,
                   double* scratch)>
    adamw;

// target += rate · (leader − target), unless the leader's update failed.
template <typename T>
inline Kernel<void(const StepState*, std::int64_t n, T rate, const T* leader, T* target)>
    polyak_update;

}  // namespace seqrl::cuda
