// Packed weights: a block's matrices laid out for the matrix products, once per update instead of
// once per use.
#pragma once

#include <vector>

#include "configs/base/thread_pool.h"
#include "models/core/weight_panels.h"
#include "models/nn/parameter_block.h"

namespace seqrl {

// Holds a copy of every decaying rank-2 parameter of a block in the panels of cpu::gemm_packed. A
// tape that is given it reads the copies: shards share them, and an acting policy streams each
// weight once.
class PackedWeights : public WeightPanels {
 public:
  // With `for_backward`, also the layout in which a product's gradient reads the weight.
  PackedWeights(const ParameterBlock& block, bool for_backward);

  // Copies the current values; to be called whenever the parameters changed.
  void refresh(ThreadPool* pool = nullptr);

  // Nulls when the weight is not of this block or not a matrix.
  Panels find(const Tensor& weight) const override;

 private:
  struct Entry {
    Tensor weight;
    Panels panels;
  };
  const ParameterBlock& block_;
  std::vector<Entry> entries_;
  std::vector<std::int32_t> index_;  // by offset / kAlignment in the block; −1 where none begins
  Storage buffer_;
};

}  // namespace seqrl
