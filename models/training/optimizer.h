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
  double weight_decay = 1e-4;  // of parameters that decay: weight matrices
  double clip = 0.25;          // largest global gradient norm; 0 = no clipping
};

// AdamW with decoupled weight decay (Loshchilov & Hutter, arXiv 1711.05101), PyTorch's arithmetic:
//   p ← p − lr·decay·p;  m ← β1 m + (1−β1) g;  v ← β2 v + (1−β2) g²;
//   p ← p − lr/(1−β1ᵗ) · m / (√v/√(1−β2ᵗ) + ε)
// The gradient is the sum over shards in their order, clipped to a global norm. Work is cut into
// pieces of fixed size, so the result does not depend on the number of threads.
//
// Ranks that train together on CPUs share the work: each owns some neighbouring pieces, whose
// moments it alone has, receives their gradients of all shards (GradientExchange), updates them,
// and gives the parameters to the others. So the result does not depend on the number of ranks. On
// GPUs each has all moments, and updates all parameters.
class AdamW {
 public:
  // Keeps a reference to the communicator.
  AdamW(const ParameterBlock& block, AdamWOptions options, Communicator& ranks = single_process());

  // One update from the shards' gradients, each of the block's layout, which are all zero
  // afterwards: ready to be added to. Returns the norm before clipping; when it is not finite
  // nothing is updated. Of parameters on the CPU.
  // Ranks give the gradients of their shards, of which there are `all_shards` in all.
  double step(std::span<const Tensor> shard_gradients, double lr, ThreadPool& pool,
              std::int64_t all_shards = 0);

  // The moments of all parameters, in the block's layout. Of several ranks on CPUs rank 0 gets
  // them, into memory that is there until the next step, and the others get nothing; all call it.
  struct Moments {
    Tensor first, second;
  };
  Moments gather_moments();

  // Of parameters on CUDA; neither waits for the device. Sets the number and the learning rate of
  // the next step; updates from its gradient, which is cleared, and its loss. Once a loss or a norm
  // is not finite, or one of `other` was not, nothing is updated any more.
  void set_next_step(std::int64_t step, double lr);
  void update(const Tensor& gradient, const Tensor& loss, const AdamW* other = nullptr);
  // In the device's memory: the number of the next step, and the results of the steps so far.
  const std::uint64_t* step_on_device() const;
  op::StepState* state_on_device() const;
  // The results of the steps so far; waits for the device.
  op::StepState state();
  void set_state(const op::StepState& state);

  // target ← target + rate·(parameters − target), Polyak averaging, of a block of the same layout.
  // On CUDA this does not wait, and does nothing once an update has failed.
  void polyak_update(const ParameterBlock& target, double rate, ThreadPool& pool) const;

  // The state that a checkpoint keeps: moments, of elements [first, first + size) of the block,
  // which are those that this rank owns, and the number of updates.
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
  Storage device_decay_, device_scratch_, device_state_;  // of CUDA
  std::int64_t updates_ = 0;
  // This rank's pieces; all of them in a process by itself.
  Communicator& ranks_;
  std::vector<std::int64_t> pieces_, elements_;  // where each rank's begin (parts_of_ranks)
  std::int64_t first_piece_ = 0, last_piece_ = 0;
  std::unique_ptr<GradientExchange> exchange_;  // between several ranks
};

// Fills gradients with zeros, for passes that add to them.
void clear_gradients(std::span<const Tensor> gradients);

}  // namespace seqrl
