// SAC's gradient step for critics, actor and temperature. Source: Haarnoja et al., "Soft
// Actor-Critic Algorithms and Applications", arXiv 1812.05905; with two critics, of which the
// smaller value is used, and a learned temperature.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "agents/sac/gaussian_actor.h"
#include "configs/base/thread_pool.h"
#include "models/core/captured_graph.h"
#include "models/core/transfer.h"
#include "models/nn/packed_weights.h"
#include "models/nn/parameter_block.h"
#include "models/nn/perceptron.h"
#include "models/ops/soft_actor_critic.h"
#include "models/training/checkpoint.h"
#include "models/training/objective.h"
#include "models/training/optimizer.h"

namespace seqrl {

struct SacUpdateOptions {
  std::int64_t dim = 256, layers = 2;  // for the critics
  std::int64_t batch = 256, shards = 8;
  double lr = 3e-4, discount = 0.99, target_rate = 0.005;
  std::optional<double> temperature;         // fixed; nothing = learned, from 1
  double target_entropy = -1;                // for a learned one
  std::uint64_t seed = 1;                    // for the critics' initial weights
  Precision precision = Precision::float32;  // for products on CUDA
};

// The input of a gradient step: for each part one row per transition, row-major.
template <typename Part>
struct SacParts {
  Part observations, next_observations;  // (rows, observation_dim)
  Part actions;                          // (rows, action_dim)
  Part rewards, terminated;              // (rows, 1); 1 if there is no value beyond
  Part noise, next_noise;                // (rows, action_dim), standard normal
};
using SacBatch = SacParts<std::span<float>>;  // as written by the host

// Owns the critics, their targets and the temperature; the actor is the agent's.
//
//   y    = reward + discount·(1 − terminated)·(min_j Q'_j(s', a') − α ln π(a'|s')),  a' ~ π(s')
//   critics      minimise  ½ Σ_j mean (Q_j(s, a) − y)²
//   actor        minimises mean (α ln π(ã|s) − min_j Q_j(s, ã)),  ã ~ π(s), Q after its step
//   temperature  minimises −ln α · mean (ln π(ã|s) + target entropy)
//   targets      Q' ← Q' + target_rate·(Q − Q')
//
// All by Adam, with the α from before the step. The batch is cut into shards, and their gradients
// are added in order: the result does not depend on threads, and a step allocates nothing once
// warm. Both critics are one network with twice the width: each layer is one product.
//
// If the actor's parameters are on CUDA, so is everything else. The batch is copied while the
// device may still be executing the previous step. One pass covers all shards, the step soon
// becomes a graph replay, and the host does not wait for it.
class SacUpdate {
 public:
  using Fill = std::function<void(const Shard& shard, SacBatch& batch)>;

  // `fill` writes a shard's rows of a step's batch; it is called from several threads, for
  // different shards. `actor`, `block` (its parameters) and `pool` must outlive this.
  SacUpdate(const GaussianActor& actor, ParameterBlock& block, const SacUpdateOptions& options,
            Fill fill, ThreadPool& pool);

  // Work that runs in parallel with a step, each part only if given: `act` may read the actor,
  // which is as before the step; `simulate` follows it, and runs at the same time as the step.
  struct Beside {
    std::function<void()> act, simulate;
  };
  struct Result {
    SoftLosses losses;
    double critic_gradient_norm = 0, actor_gradient_norm = 0;
    std::int64_t step = 0;  // to which the result belongs
  };
  // Gradient step number `step`. If a loss is not finite, the updates that would use it are
  // skipped. On CUDA the step is queued, and the result is that of the last wait().
  Result step(std::int64_t step, const Beside& beside = {});

  // Waits until the device has completed the steps so far. Returns the result of the latest or, on
  // CUDA, of the first that was not finite, after which learning stops.
  Result wait();

  // Sums over the steps since they were last set. Waits.
  struct Sums {
    SoftLosses losses;
    std::int64_t steps = 0;
  };
  Sums sums();
  void set_sums(const Sums& sums);

  // The actor's weights in the layout for acting on the CPU, up to date; null on CUDA.
  const PackedWeights* actor_weights() const { return packed_ ? &packed_->actor : nullptr; }

  // The critics, targets, temperature and all optimizers; the actor's parameters are the agent's.
  void save(CheckpointWriter& checkpoint);
  void load(const CheckpointReader& checkpoint);
  // Call this when other code has written to the parameters.
  void parameters_changed();

  // For tests: the critics' and the targets' parameters.
  const ParameterBlock& critics() const { return critics_.block; }
  const ParameterBlock& targets() const { return targets_.block; }

 private:
  struct Critics {
    Critics(const Perceptron::Size& size, std::uint64_t seed, Device device);
    Module root;
    Perceptron network;
    ParameterBlock block;
  };
  struct Temperature : Module {
    Temperature() : Module(nullptr, "") {}
    Parameter log{this, "log_temperature", {1}, init::zeros(), Decay::no};
  };
  struct Packed {
    Packed(const ParameterBlock& actor_, const ParameterBlock& critics_,
           const ParameterBlock& targets_)
        : actor(actor_, true), critics(critics_, true), targets(targets_, false) {}
    PackedWeights actor, critics, targets;
  };
  // A shard's memory and the results of its passes.
  struct Lane {
    Lane(const Shard& shard_, Device device) : shard(shard_), tape(device) {}
    Shard shard;
    Tape tape;
    double critic_loss = 0, actor_loss = 0, log_probability = 0, value = 0;
  };

  bool on_cuda() const { return actor_block_.device() == Device::cuda; }
  Tensor make_gradient(const ParameterBlock& block);
  Tensor rows_of(Lane& lane, const Tensor& part);
  Tensor regression_targets(Lane& lane);
  Tensor critic_pass(Lane& lane, const Tensor& gradient);
  SoftPolicyLoss actor_pass(Lane& lane, const Tensor& gradient);
  Result step_on_cpu(const Beside& beside);
  void step_on_cuda(std::int64_t step, const Beside& beside);
  void passes_on_cuda();
  SoftLossRecord* recorded_losses() const;  // on the device

  const GaussianActor& actor_;
  ParameterBlock& actor_block_;
  SacUpdateOptions options_;
  Fill fill_;
  ThreadPool& pool_;
  Critics critics_, targets_;
  Temperature temperature_;
  ParameterBlock temperature_block_;
  AdamW actor_optimizer_, critic_optimizer_, temperature_optimizer_;
  SacParts<Tensor> batch_;  // on the device of the parameters
  std::vector<std::unique_ptr<Lane>> lanes_;
  std::vector<Storage> gradient_buffers_;
  std::vector<Tensor> actor_gradients_, critic_gradients_;  // one per lane, zero between steps
  Tensor temperature_gradient_;
  Storage alpha_buffer_;
  Tensor alpha_;  // of the current step
  Result latest_;
  Sums sums_;  // on CUDA the losses are in recorded_losses()
  // On the CPU:
  std::optional<Packed> packed_;
  std::vector<Storage> batch_buffers_;
  // On CUDA:
  std::unique_ptr<Upload> upload_;  // of the batch
  Storage losses_buffer_;
  CapturedGraph pass_;
};

}  // namespace seqrl
