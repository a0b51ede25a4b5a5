// One optimizer step over shards of a batch.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "configs/base/thread_pool.h"
#include "models/core/tape.h"
#include "models/nn/packed_weights.h"
#include "models/nn/parameter_block.h"
#include "models/training/optimizer.h"

namespace seqrl {

// A part of the batch: samples [first, last).
struct Shard {
  int index;
  std::int64_t first, last;
  std::int64_t size() const { return last - first; }
};

// What is to be minimised: a sum over shards.
class Objective {
 public:
  virtual ~Objective() = default;

  // Makes the batch of `step` ready, before any shard asks for its loss.
  virtual void begin_step(std::int64_t step) = 0;

  // The part of the loss that this shard's samples bring, one element. Called from several threads
  // at once, for different shards and tapes.
  virtual Tensor loss(Tape& tape, const Shard& shard) = 0;
};

struct TrainerOptions {
  std::uint64_t seed = 1;
  std::int64_t batch = 64;
  std::int64_t shards = 8;
  double lr = 1e-4;
  std::int64_t warmup = 10000;
  Schedule schedule = Schedule::constant;
  std::int64_t steps = 0;  // of the whole run, for a schedule that ends with it
  AdamWOptions adamw = {};
};

// Splits a batch into shards, whose number the config fixes, not the machine. Each runs forward and
// backward by itself; gradients are added up in the shards' order. So weights do not depend on the
// number of threads, and a step allocates nothing once every thread has run the
// largest. On CUDA one pass covers all shards, and drops out what each of them would.
class Trainer {
 public:
  Trainer(ParameterBlock& block, Objective& objective, const TrainerOptions& options,
          ThreadPool& pool);

  struct StepResult {
    double loss, gradient_norm, lr;
  };
  // Step number `step` (0, 1, …). When the loss or the gradient's norm is not finite the
  // parameters and the optimizer's state stay as they were.
  StepResult step(std::int64_t step);

  // To be called when someone else wrote to the parameters.
  void parameters_changed() {
    if (packed_) packed_->refresh(&pool_);
  }

  AdamW& optimizer() { return optimizer_; }
  const AdamW& optimizer() const { return optimizer_; }

 private:
  ParameterBlock& block_;
  Objective& objective_;
  TrainerOptions options_;
  ThreadPool& pool_;
  AdamW optimizer_;
  std::optional<PackedWeights> packed_;       // of the CPU
  std::vector<std::unique_ptr<Tape>> tapes_;  // one a thread
  std::vector<Shard> shards_;                 // on CUDA one, of the whole batch
  std::vector<Storage> gradient_buffers_;     // one a shard
  std::vector<Tensor> gradients_;             // zero between steps
  std::vector<double> losses_;
};

}  // namespace seqrl
