// A trainer takes optimizer steps, each over the shards of a batch.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "configs/base/thread_pool.h"
#include "models/core/tape.h"
#include "models/nn/packed_weights.h"
#include "models/nn/parameter_block.h"
#include "models/training/communicator.h"
#include "models/training/graph_step.h"
#include "models/training/metric.h"
#include "models/training/objective.h"
#include "models/training/optimizer.h"
#include "models/training/schedule.h"
#include "models/training/step_result.h"

namespace seqrl {

class CheckpointReader;
class CheckpointWriter;

struct TrainerOptions {
  std::uint64_t seed = 1;
  std::int64_t batch = 64;
  std::int64_t shards = 8;
  double lr = 1e-4;
  std::int64_t warmup = 10000;
  Schedule schedule = Schedule::constant;
  std::int64_t steps = 0;  // of the whole run, for a schedule that depends on it
  AdamWOptions adamw = {};
  std::int64_t gpu_shards = 1;               // passes over a batch on CUDA, each over some shards
  Precision precision = Precision::float32;  // of products on CUDA
  Communicator* ranks = &single_process();   // the ranks that train together
};

// Splits a batch into shards; the config fixes their number, independent of the machine. Each shard
// runs forward and backward by itself, a long one in parts (shards.h). Gradients are added up in
// the order of the shards. So weights do not depend on the number of threads, and a step allocates
// nothing once every thread has run the largest shard.
//
// Each rank takes a contiguous range of shards, and the ranks share the update (AdamW). Weights do
// not depend on the number of ranks; every rank has all weights and the same results.
//
// On CUDA a pass covers all shards, or some of them, so that ranks can share the passes. The bytes
// depend on the number of passes but not on that of ranks. With a single rank the device goes from
// step to step without the host (GraphStep).
class Trainer {
 public:
  // Keeps references to the block, the objective and the pool.
  Trainer(ParameterBlock& block, Objective& objective, const TrainerOptions& options,
          ThreadPool& pool);

  // Runs step number `step` (0, 1, …). If the loss or the gradient norm is not finite, the
  // parameters and the optimizer's state do not change. On CUDA the step is queued, and the result
  // is that of the last wait().
  StepResult step(std::int64_t step);

  // Waits until the device has finished the steps so far. Returns the result of the latest step or,
  // on CUDA, of the first that was not finite; nothing is updated after such a step.
  StepResult wait();

  // The sum of the losses of the steps since take_metrics(). Waits.
  struct LossSum {
    double sum = 0;
    std::int64_t steps = 0;
  };
  LossSum loss_sum();

  // "loss", the mean since the last call; "gradient_norm" and "lr" of the latest step. Waits.
  std::vector<Metric> take_metrics();

  // Saves the data that the next step needs besides the parameters: the optimizer's state, as
  // "optimizer.…", and the sum of the losses since take_metrics(), as the texts "loss_sum" and
  // "loss_steps". Waits. The writer refers to the optimizer's memory until it has written. All
  // ranks call it; rank 0's writer gets the complete state.
  void save(CheckpointWriter& checkpoint);
  // Reads this data back; the block must already have the checkpoint's parameters. An Error of kind
  // user when the checkpoint lacks a part of the data.
  void load(const CheckpointReader& checkpoint);

  // Call this after the parameters were written from outside.
  void parameters_changed() {
    if (packed_) packed_->refresh(&pool_);
  }

  // The number of kernels, clears and copies in a replayed step; 0 without replay.
  std::size_t graph_size() const { return graph_step_ ? graph_step_->size() : 0; }

  AdamW& optimizer() { return optimizer_; }
  const AdamW& optimizer() const { return optimizer_; }

 private:
  StepResult step_on_cpu(std::int64_t step, double lr);
  double pass_over(const Shard& part, std::int64_t step, Tape& tape);  // its loss
  void set_loss_sum(const LossSum& sum);

  const ParameterBlock& block_;
  Objective& objective_;
  TrainerOptions options_;
  ThreadPool& pool_;
  AdamW optimizer_;
  StepResult latest_;
  // On CUDA:
  std::unique_ptr<GraphStep> graph_step_;
  // On the CPU:
  std::optional<PackedWeights> packed_;
  std::vector<std::unique_ptr<Tape>> tapes_;  // one per thread
  std::int64_t parts_of_shard_ = 1;
  std::int64_t shards_ = 0;                // of all ranks
  std::vector<Shard> parts_;               // of all shards, in order
  std::vector<std::int64_t> rank_parts_;   // the first part of each rank
  std::vector<Storage> gradient_buffers_;  // one per shard of this rank
  std::vector<Tensor> gradients_;          // zero between steps
  std::vector<double> losses_;             // one per part
  LossSum loss_sum_;
};

}  // namespace seqrl
