// The AdamW optimizer, over one flat block of parameters.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "configs/base/thread_pool.h"
#include "models/nn/parameter_block.h"
#include "models/ops/optimizer.h"
#include "models/training/communicator.h"
#include "models/training/gradient_exchange.h"

namespace seqrl {

struct AdamWOptions {
  double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;
  double weight_decay = 1e-4;  // for parameters that decay: weight matrices
  double clip = 0.25;          // largest global gradient norm; 0 = no clipping
};

// AdamW with decoupled weight decay (Loshchilov & Hutter, arXiv 1711.05101), as in PyTorch:
//   p ← p − lr·decay·p;  m ← β1 m + (1−β1) g;  v ← β2 v + (1−β2) g²;
//   p ← p − lr/(1−β1ᵗ) · m / (√v/√(1−β2ᵗ) + ε)
// The gradient is the sum over the shards in their order, clipped to a global norm. Work is cut
// into pieces of fixed size, so the result does not depend on the number of threads.
//
// Ranks that train together on CPUs share the work. Each owns a contiguous range of pieces and is
// the only rank with their moments. It receives the gradients of these pieces from all shards
// (GradientExchange), updates the pieces, and sends the parameters to the other ranks. So the
// result does not depend on the number of ranks. On GPUs each rank has all moments and updates all
// parameters.
class AdamW {
 public:
  // Keeps a reference to the communicator.
  AdamW(const ParameterBlock& block, AdamWOptions options, Communicator& ranks = single_process());

  // One update from the shards' gradients, each in the block's layout. Afterwards they are all
  // zero, ready to be added to. Returns the norm before clipping; if it is not finite, nothing is
  // updated. For parameters on the CPU. Each rank passes the gradients of its shards; `all_shards`
  // is the number over all ranks.
  double step(std::span<const Tensor> shard_gradients, double lr, ThreadPool& pool,
              std::int64_t all_shards = 0);

  // The moments of all parameters, in the block's layout. With several ranks on CPUs, all ranks
  // call it; rank 0 gets the moments, in memory that is valid until the next step, and the others
  // get nothing.
  struct Moments {
    Tensor first, second;
  };
  Moments gather_moments();

  // For parameters on CUDA; neither waits for the device. set_next_step() sets the number and the
  // learning rate of the next step. update() updates from its gradient, which it clears, and its
  // loss. Once a loss or a norm is not finite, here or in `other`, nothing is updated any more.
  void set_next_step(std::int64_t step, double lr);
  void update(const Tensor& gradient, const Tensor& loss, const AdamW* other = nullptr);
  // In the device's memory: the number of the next step, and the results of the steps so far.
  const std::uint64_t* step_on_device() const;
  op::StepState* state_on_device() const;
  // The results of the steps so far; waits for the device.
  op::StepState state();
  void set_state(const op::StepState& state);

  // Polyak averaging, target ← target + rate·(parameters − target), for a block of the same layout.
  // On CUDA it does not wait, and it does nothing once an update has failed.
  void polyak_update(const ParameterBlock& target, double rate, ThreadPool& pool) const;

  // The state that a checkpoint keeps: the number of updates, and the moments of elements
  // [first, first + size) of the block, which this rank owns.
  const Tensor& first_moment() const { return first_moment_; }
  const Tensor& second_moment() const { return second_moment_; }
  std::int64_t first() const { return elements_[static_cast<std::size_t>(ranks_.rank())]; }
  std::int64_t updates() const { return updates_; }
  void set_updates(std::int64_t updates);

 private:
  void share_pieces();
  void make_moments();
  Tensor gather(const Tensor& moment, Storage& memory);
  double sum_up(std::span<const Tensor> shards, std::int64_t origin, ThreadPool& pool);
  void update_pieces(const Tensor& gradient, std::int64_t origin, const op::AdamWRates& rates,
                     ThreadPool& pool);
  int piece_count() const { return static_cast<int>(last_piece_ - first_piece_); }
  op::AdamWRates next_rates(double norm, double lr);
  AdamWTensors tensors_with(const Tensor& gradient) const;

  AdamWOptions options_;
  Tensor parameters_;
  Storage first_buffer_, second_buffer_, all_first_, all_second_;
  Tensor first_moment_, second_moment_;
  std::vector<double> decay_;                             // by granule of kDecayGranule elements
  std::vector<double> square_norms_;                      // by piece
  Storage device_decay_, device_scratch_, device_state_;  // on CUDA
  std::int64_t updates_ = 0;
  // This rank's pieces; all of them in a single process.
  Communicator& ranks_;
  std::vector<std::int64_t> pieces_, elements_;  // where each rank's begin (parts_of_ranks)
  std::int64_t first_piece_ = 0, last_piece_ = 0;
  std::unique_ptr<GradientExchange> exchange_;  // between several ranks
};

// Fills gradients with zeros, for passes that add to them.
void clear_gradients(std::span<const Tensor> gradients);

}  // namespace seqrl
