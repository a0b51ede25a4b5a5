// Losses: what training minimises.
#pragma once

#include "models/core/tensor.h"

namespace seqrl {

// The divisor of a mean: a number, or one element of the loss's dtype in a device's memory, where
// the device counted it.
struct MeanCount {
  MeanCount(double number_) : number(number_) {}
  MeanCount(const Tensor& on_device_) : on_device(on_device_) {}

  double number = 1;
  Tensor on_device;
};

// Σ mask·(prediction − target)² / (count · dim), one element.
//   prediction, target  (..., dim)
//   mask                (...), 0 or 1 for each row
// No gradient flows to target and mask.
//   count               rows that count in the whole batch: a shard's losses add up to the batch's
Tensor masked_mean_squared_error(const Tensor& prediction, const Tensor& target, const Tensor& mask,
                                 const MeanCount& count);

// Σ (log Σ exp(logits) − logits[target]) / count over the rows that have a target, one element.
//   logits   (..., classes)
//   targets  (...) int32, in [0, classes), or negative for no target
//   count    rows that have a target in the whole batch
Tensor cross_entropy(const Tensor& logits, const Tensor& targets, const MeanCount& count);

// Σ mask · Σ_i target_i · (log Σ exp(logits) − logits_i) / count, one element.
//   logits   (..., classes)
//   target   (..., classes), a distribution in each row, as one-hot
//   mask     (...), 0 or 1 for each row; what a row of 0 holds does not matter
//   count    rows that count in the whole batch
// No gradient flows to target and mask.
Tensor masked_cross_entropy(const Tensor& logits, const Tensor& target, const Tensor& mask,
                            const MeanCount& count);

}  // namespace seqrl
