// A training step that a device repeats by itself, as a captured graph.
#pragma once

#include <cstdint>

#include "models/core/captured_graph.h"
#include "models/core/tape.h"
#include "models/nn/parameter_block.h"
#include "models/training/objective.h"
#include "models/training/optimizer.h"

namespace seqrl {

struct GraphStepOptions {
  std::uint64_t seed = 1;
  std::int64_t batch = 64;
  std::int64_t shards =
      1;  // or their parts: dropout draws for each what a pass over it alone would
  Precision precision = Precision::float32;
};

// Forward, backward and update of a whole batch on CUDA, where it is one pass. The first two passes
// find their memory; the third is captured, and from then on a step is a replay: the host says its
// number and its learning rate and does not wait, unless the objective's begin_step() does.
class GraphStep {
 public:
  // Keeps references to the objective and the optimizer.
  GraphStep(const ParameterBlock& block, Objective& objective, AdamW& optimizer,
            const GraphStepOptions& options);

  // Queues step number `step` (0, 1, …).
  void queue(std::int64_t step, double lr);

  // Kernels, clears and copies of a step; 0 before it is captured.
  std::size_t size() const { return graph_.size(); }

 private:
  void pass(std::int64_t step);

  Objective& objective_;
  AdamW& optimizer_;
  Precision precision_;
  Pass pass_;
  Storage gradient_buffer_;
  Tensor gradient_;  // zero between steps
  Tape tape_;
  CapturedGraph graph_;
};

}  // namespace seqrl
