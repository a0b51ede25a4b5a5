// What training minimises.
#pragma once

#include "models/core/tensor.h"

namespace seqrl {

// Σ mask·(prediction − target)² / (count · dim), one element.
//   prediction, target  (..., dim)
//   mask                (...), 0 or 1 for each row
// No gradient flows to target and mask.
//   count               rows that count in the whole batch: a shard's losses add up to the batch's
Tensor masked_mean_squared_error(const Tensor& prediction, const Tensor& target, const Tensor& mask,
                                 double count);

// Σ (log Σ exp(logits) − logits[target]) / count over the rows that have a target, one element.
//   logits   (..., classes)
//   targets  (...) int32, in [0, classes), or negative where nothing is asked
//   count    rows that have a target in the whole batch
Tensor cross_entropy(const Tensor& logits, const Tensor& targets, double count);

}  // namespace seqrl
