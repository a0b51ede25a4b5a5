// Packed weights: a block's matrices laid out for the matrix products, once per update instead of
// once per use.
#pragma once

#include <vector>

#include "configs/base/thread_pool.h"
#include "models/core/weight_panels.h"
#include "models/nn/parameter_block.h"

namespace seqrl {

// Keeps a copy in panels of every decaying rank-2 parameter of a block on the CPU. Matrix products
// read panels faster than the row-major weight. Pass it to each tape (Tape::set_packed_weights);
// several tapes may share one.
class PackedWeights : public WeightPanels {
 public:
  // With `for_backward`, also the layout in which a product's gradient reads the weight.
  PackedWeights(const ParameterBlock& block, bool for_backward);

  // Copies the current values. Call it whenever the parameters change. With a pool, it runs in
  // parallel.
  void refresh(ThreadPool* pool = nullptr);

  // The panels of a weight; nulls if it is not in this block or was not packed.
  Panels find(const Tensor& weight) const override;

 private:
  struct Entry {
    Tensor weight;
    Panels panels;
  };
  std::vector<Entry> entries_;
  std::vector<std::int32_t> index_;  // by offset / kAlignment in the block; −1 if none begins there
  Storage buffer_;
};

}  // namespace seqrl
