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
  std::int64_t steps = 0;  // of the whole run, for a schedule that ends with it
  AdamWOptions adamw = {};
  std::int64_t gpu_shards = 1;               // passes over a batch on CUDA, some shards each
  Precision precision = Precision::float32;  // of products on CUDA
  Communicator* ranks = &single_process();   // that train together
};

// Splits a batch into shards, whose number the config fixes, not the machine. Each runs forward and
// backward by itself, long ones in parts (shards.h); gradients are added up in the shards' order.
// So weights do not depend on the number of threads, and a step allocates nothing once every thread
// has run the largest. Ranks take neighbouring shards each, and share the update (AdamW): weights
// do not depend on their number, either, and every rank has all of them, and the same results. On
// CUDA a pass covers all shards, or some of them, so that ranks have passes to share; the bytes
// depend on the number of passes, not of ranks. The device goes from step to step without the host,
// where there are no other ranks (GraphStep).
class Trainer {
 public:
  // Keeps references to the block, the objective and the pool.
  Trainer(ParameterBlock& block, Objective& objective, const TrainerOptions& options,
          ThreadPool& pool);

  // Does step number `step` (0, 1, …). When the loss or the gradient's norm is not finite the
  // parameters and the optimizer's state stay as they were. On CUDA the step is queued, and the
  // result is that of the last wait().
  StepResult step(std::int64_t step);

  // Waits until the device has done the steps so far. The result of the latest or, on CUDA, of the
  // first that was not finite, after which nothing is updated any more.
  StepResult wait();

  // The losses of the steps since take_metrics(), in a sum. Waits.
  struct LossSum {
    double sum = 0;
    std::int64_t steps = 0;
  };
  LossSum loss_sum();

  // "loss", the mean since the last call; "gradient_norm" and "lr", of the latest step. Waits.
  std::vector<Metric> take_metrics();

  // What the next step needs besides the parameters: the optimizer's state, as "optimizer.…", and
  // the sum of the losses since take_metrics(), as the texts "loss_sum" and "loss_steps". Waits.
  // The writer refers to the optimizer's memory until it has written. All ranks call it; what rank
  // 0's writer gets is whole.
  void save(CheckpointWriter& checkpoint);
  // Reads that back; the block must have the checkpoint's parameters already. An Error of kind user
  // when the checkpoint lacks a part of it.
  void load(const CheckpointReader& checkpoint);

  // To be called after the parameters were written to from outside.
  void parameters_changed() {
    if (packed_) packed_->refresh(&pool_);
  }

  // Kernels, clears and copies of a step that a device repeats by itself; otherwise 0.
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
  std::vector<std::unique_ptr<Tape>> tapes_;  // one a thread
  std::int64_t parts_of_shard_ = 1;
  std::int64_t shards_ = 0;                // of all ranks
  std::vector<Shard> parts_;               // of all shards, in order
  std::vector<std::int64_t> rank_parts_;   // where those of each rank begin
  std::vector<Storage> gradient_buffers_;  // one a shard of this rank
  std::vector<Tensor> gradients_;          // zero between steps
  std::vector<double> losses_;             // one a part
  LossSum loss_sum_;
};

}  // namespace seqrl
