// The numbers of an update by AdamW.
#pragma once

namespace seqrl::op {

// `scale` is what clipping makes of the gradient.
struct AdamWRates {
  double scale, beta1, beta2, step_size, root, epsilon, lr;
};

// What clipping to the norm `clip` makes of a gradient, 0 being no clipping; PyTorch's arithmetic.
constexpr double clip_scale(double clip, double norm) {
  return clip > 0 && norm > clip ? clip / (norm + 1e-6) : 1;
}

}  // namespace seqrl::op
