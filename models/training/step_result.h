// The result of one training step.
#pragma once

#include <cmath>
#include <cstdint>

namespace seqrl {

struct StepResult {
  double loss = 0, gradient_norm = 0;
  double lr = 0;          // learning rate, if the step has one
  std::int64_t step = 0;  // the number of the step
  bool finite() const { return std::isfinite(loss) && std::isfinite(gradient_norm); }
};

}  // namespace seqrl
