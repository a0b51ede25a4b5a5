// Copies of weight matrices, laid out for the matrix products.
#pragma once

#include "models/core/tensor.h"

namespace seqrl {

// The source of a weight's copies for a tape; the parameters' owner keeps them (PackedWeights in
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
