// A training step that a device repeats by itself, as a captured graph.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "configs/base/thread_pool.h"
#include "models/core/captured_graph.h"
#include "models/core/tape.h"
#include "models/nn/parameter_block.h"
#include "models/training/communicator.h"
#include "models/training/device_exchange.h"
#include "models/training/objective.h"
#include "models/training/optimizer.h"

namespace seqrl {

struct GraphStepOptions {
  std::uint64_t seed = 1;
  std::int64_t batch = 64;
  std::int64_t shards =
      1;  // or their parts: dropout draws for each what a pass over it alone would
  std::int64_t passes = 1;  // over some of the shards each, whose gradients are kept apart
  Precision precision = Precision::float32;
};

// Forward, backward and update of a whole batch on CUDA, in one pass or several. The first two
// steps find their memory; the third is captured, and from then on a step is a replay: the host
// says its number and its learning rate and does not wait, unless the objective's begin_step()
// does.
//
// Gradients of several passes, and their losses, are added up in the passes' order. Ranks have
// neighbouring passes each, and exchange gradients (DeviceExchange), for which the host waits; what
// is captured then is a graph before it and one behind it, the update, which all ranks do alike. So
// the bytes do not depend on the number of ranks, on GPUs that are alike.
class GraphStep {
 public:
  // Keeps references to the objective, the optimizer, the communicator and the pool.
  GraphStep(const ParameterBlock& block, Objective& objective, AdamW& optimizer,
            const GraphStepOptions& options, Communicator& ranks, ThreadPool& pool);

  // Queues step number `step` (0, 1, …).
  void queue(std::int64_t step, double lr);

  // Kernels, clears and copies of a step; 0 before it is captured.
  std::size_t size() const { return passes_graph_.size() + update_graph_.size(); }

 private:
  // Where the gradients of a pass go, and behind them, where several are added up, its loss.
  struct Sum {
    Sum(const ParameterBlock& block);
    Storage memory;
    Tensor all, gradient, loss;
  };
  void run_passes(std::int64_t step);
  void update();

  Objective& objective_;
  AdamW& optimizer_;
  GraphStepOptions options_;
  const bool is_first_;        // rank 0, whose passes come first in every sum
  const bool keeps_losses_;    // behind the gradients
  std::vector<Shard> passes_;  // of this rank; the index is its first shard
  std::vector<std::int64_t> shards_of_passes_;
  std::vector<Sum> sums_;  // one a pass, zero between steps
  Tensor loss_;            // of the only pass
  Tape tape_;
  CapturedGraph passes_graph_, update_graph_;
  std::optional<DeviceExchange> exchange_;  // between several ranks
};

}  // namespace seqrl
