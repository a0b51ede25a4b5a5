// Copies of weight matrices in panels: the order in which the CPU's matrix product reads them.
#pragma once

#include "models/core/tensor.h"

namespace seqrl {

// A tape finds a weight's copies by it; the owner of the parameters keeps them (PackedWeights in
// models/nn).
class WeightPanels {
 public:
  struct Panels {
    const void* forward = nullptr;   // of Wᵀ: x·Wᵀ
    const void* backward = nullptr;  // of W: dy·W; null unless asked for
  };
  virtual ~WeightPanels() = default;

  // The panels of a parameter; nulls when there are none.
  virtual Panels find(const Tensor& weight) const = 0;
};

}  // namespace seqrl
