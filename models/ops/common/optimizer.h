// The numbers of an optimizer's update, and a training run's numbers in a device's memory.
#pragma once

#include <cstdint>

namespace seqrl::op {

// `scale` is what clipping makes of the gradient.
struct AdamWRates {
  double scale, beta1, beta2, step_size, root, epsilon, lr;
};

// The factor that clipping to the norm `clip` multiplies a gradient by, 0 being no clipping;
// PyTorch's arithmetic.
constexpr double clip_scale(double clip, double norm) {
  return clip > 0 && norm > clip ? clip / (norm + 1e-6) : 1;
}

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

}  // namespace seqrl::op
