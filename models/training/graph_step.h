// A training step that a device replays by itself, as a captured graph.
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
  std::int64_t shards = 1;  // or their parts: dropout draws for each as in a pass over it alone
  std::int64_t passes = 1;  // each over some of the shards; gradients are kept apart
  Precision precision = Precision::float32;
};

// Forward, backward and update of a whole batch on CUDA, in one pass or several. The first two
// steps allocate their memory. The third is captured, and from then on a step is a replay: the host
// sets its number and its learning rate and does not wait, unless the objective's begin_step()
// does.
//
// The gradients and losses of several passes are added up in the order of the passes. Each rank has
// a contiguous range of passes. Ranks exchange gradients (DeviceExchange), and the host waits for
// this. Then there are two captured graphs: the passes before the exchange, and the update after
// it, which is the same on all ranks. So on identical GPUs the bytes do not depend on the number of
// ranks.
class GraphStep {
 public:
  // Keeps references to the objective, the optimizer, the communicator and the pool.
  GraphStep(const ParameterBlock& block, Objective& objective, AdamW& optimizer,
            const GraphStepOptions& options, Communicator& ranks, ThreadPool& pool);

  // Queues step number `step` (0, 1, …).
  void queue(std::int64_t step, double lr);

  // The number of kernels, clears and copies in a step; 0 before it is captured.
  std::size_t size() const { return passes_graph_.size() + update_graph_.size(); }

 private:
  // The gradients of a pass and, if several passes are added up, its loss behind them.
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
  const bool keeps_losses_;    // keeps them behind the gradients
  std::vector<Shard> passes_;  // of this rank; the index is its first shard
  std::vector<std::int64_t> shards_of_passes_;
  std::vector<Sum> sums_;  // one per pass, zero between steps
  Tensor loss_;            // of the only pass
  Tape tape_;
  CapturedGraph passes_graph_, update_graph_;
  std::optional<DeviceExchange> exchange_;  // between several ranks
};

}  // namespace seqrl
