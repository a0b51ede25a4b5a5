// Loss functions.
#pragma once

#include "models/core/tensor.h"

namespace seqrl {

// The divisor of a mean: a number, or one element of the loss's dtype, counted in device memory.
struct MeanCount {
  MeanCount(double number_) : number(number_) {}
  MeanCount(const Tensor& on_device_) : on_device(on_device_) {}

  double number = 1;
  Tensor on_device;
};

// Σ mask·(prediction − target)² / (count · dim), one element.
//   prediction, target  (..., dim)
//   mask                (...), 0 or 1 for each row
//   count               rows with mask 1 in the whole batch: shards' losses add up to the batch's
// No gradient flows to target and mask.
Tensor masked_mean_squared_error(const Tensor& prediction, const Tensor& target, const Tensor& mask,
                                 const MeanCount& count);

// Σ (log Σ exp(logits) − logits[target]) / count over the rows with a target, one element.
//   logits   (..., classes)
//   targets  (...) int32, in [0, classes), or negative for no target
//   count    rows with a target in the whole batch
Tensor cross_entropy(const Tensor& logits, const Tensor& targets, const MeanCount& count);

// Σ mask · Σ_i target_i · (log Σ exp(logits) − logits_i) / count, one element.
//   logits   (..., classes)
//   target   (..., classes), a distribution in each row, as one-hot
//   mask     (...), 0 or 1 for each row; rows with mask 0 may hold anything
//   count    rows with mask 1 in the whole batch
// No gradient flows to target and mask.
Tensor masked_cross_entropy(const Tensor& logits, const Tensor& target, const Tensor& mask,
                            const MeanCount& count);

}  // namespace seqrl
