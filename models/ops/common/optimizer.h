// The rates of an optimizer's update, and the state of a training run in device memory.
#pragma once

#include <cstdint>

namespace seqrl::op {

// `scale` is the factor by which clipping multiplies the gradient.
struct AdamWRates {
  double scale, beta1, beta2, step_size, root, epsilon, lr;
};

// The factor by which clipping to the norm `clip` (0: no clipping) multiplies a gradient, as
// PyTorch computes it.
constexpr double clip_scale(double clip, double norm) {
  return clip > 0 && norm > clip ? clip / (norm + 1e-6) : 1;
}

// The values that the host sets before a training step: all that differ from step to step.
struct StepArguments {
  std::uint64_t step = 0;  // for the draws of dropout and batches
  AdamWRates rates{};      // without clipping
};

// The state of a training run in device memory. The device goes from step to step by itself; the
// host reads the state when it needs it.
struct StepState {
  StepArguments arguments;
  std::int64_t updates = 0;   // the number of updates done
  double loss = 0, norm = 0;  // of the previous step, or of the failed one
  double loss_sum = 0;        // over the steps since it was cleared
  std::int64_t steps = 0;     // the number of these steps
  std::int64_t failed = -1;   // the first step with a loss or norm that was not finite, if any:
                              // from there on nothing is updated
};

}  // namespace seqrl::op
