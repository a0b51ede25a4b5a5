// Packed weights: a block's matrices laid out for the matrix products, once per update instead of
// once per use.
#pragma once

#include <vector>

#include "configs/base/thread_pool.h"
#include "models/core/weight_panels.h"
#include "models/nn/parameter_block.h"

namespace seqrl {

// Keeps a copy of every decaying rank-2 parameter of a block of the CPU in panels, which matrix
// products read faster than the row-major weight. Give it to each tape
// (Tape::set_packed_weights); several tapes may share one.
class PackedWeights : public WeightPanels {
 public:
  // With `for_backward`, also the layout in which a product's gradient reads the weight.
  PackedWeights(const ParameterBlock& block, bool for_backward);

  // Copies the current values; to be called whenever the parameters changed, with a pool in
  // parallel.
  void refresh(ThreadPool* pool = nullptr);

  // The panels of a weight; nulls when it is not of this block, or was not packed.
  Panels find(const Tensor& weight) const override;

 private:
  struct Entry {
    Tensor weight;
    Panels panels;
  };
  std::vector<Entry> entries_;
  std::vector<std::int32_t> index_;  // by offset / kAlignment in the block; −1 where none begins
  Storage buffer_;
};

}  // namespace seqrl
