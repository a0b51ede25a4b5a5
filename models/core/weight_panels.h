// Copies of weight matrices in panels, the order in which the CPU's matrix product reads them.
#pragma once

#include "models/core/tensor.h"

namespace seqrl {

// A tape finds the copies of a weight through this interface. The owner of the parameters keeps the
// copies (PackedWeights in models/nn).
class WeightPanels {
 public:
  struct Panels {
    const void* forward = nullptr;   // of Wᵀ, for x·Wᵀ
    const void* backward = nullptr;  // of W, for dy·W; null unless requested
  };
  virtual ~WeightPanels() = default;

  // The panels of a parameter; nulls if there are none.
  virtual Panels find(const Tensor& weight) const = 0;
};

}  // namespace seqrl
