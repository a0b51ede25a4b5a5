// SAC's gradient step. Source: Haarnoja et al., "Soft Actor-Critic Algorithms and Applications",
// arXiv 1812.05905; two critics of which the smaller counts, a learned temperature.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "agents/sac/gaussian_actor.h"
#include "configs/base/thread_pool.h"
#include "models/nn/packed_weights.h"
#include "models/nn/parameter_block.h"
#include "models/nn/perceptron.h"
#include "models/training/checkpoint.h"
#include "models/training/optimizer.h"
#include "models/training/trainer.h"

namespace seqrl {

struct SacUpdateOptions {
  std::int64_t dim = 256, layers = 2;  // of the critics
  std::int64_t batch = 256, shards = 8;
  double lr = 3e-4, discount = 0.99, target_rate = 0.005;
  std::optional<double> temperature;  // fixed; nothing = learned, from 1
  double target_entropy = -1;         // of a learned one
  std::uint64_t seed = 1;             // of the critics' initial weights
};

// Row-major, a row per transition; noise is standard normal.
struct SacBatch {
  SacBatch(std::int64_t rows, std::int64_t observation_dim, std::int64_t action_dim);

  std::vector<float> observations, next_observations;  // (rows, observation_dim)
  std::vector<float> actions;                          // (rows, action_dim)
  std::vector<float> rewards, terminated;              // (rows); 1 where no value lies beyond
  std::vector<float> noise, next_noise;                // (rows, action_dim)
};

// Owns the critics, their targets and the temperature; the actor is the agent's.
//
//   y    = reward + discount·(1 − terminated)·(min_j Q'_j(s', a') − α ln π(a'|s')),  a' ~ π(s')
//   critics      minimise  ½ Σ_j mean (Q_j(s, a) − y)²
//   actor        minimises mean (α ln π(ã|s) − min_j Q_j(s, ã)),  ã ~ π(s), Q after its step
//   temperature  minimises −ln α · mean (ln π(ã|s) + target entropy)
//   targets      Q' ← Q' + target_rate·(Q − Q')
//
// All by Adam, with the α from before the step. The batch is cut into shards, whose gradients are
// added in their order: the result does not depend on threads, and a step allocates nothing once
// warm. Both critics are one network with twice the width: each layer is one product.
class SacUpdate {
 public:
  using Fill = std::function<void(const Shard& shard, SacBatch& batch)>;

  // `fill` writes a shard's rows of a step's batch; called from several threads, for different
  // shards. `actor`, `block`, its parameters, and `pool` must outlive this.
  SacUpdate(const GaussianActor& actor, ParameterBlock& block, const SacUpdateOptions& options,
            Fill fill, ThreadPool& pool);

  struct Losses {
    double critic, actor;
    double critic_gradient_norm, actor_gradient_norm;
    double value;        // mean of the critics' smaller answer to the actor's actions
    double entropy;      // −mean ln π
    double temperature;  // α from before the step
  };
  // One gradient step. `alongside` runs at the same time as the critics' pass, on some thread: it
  // may read the actor. When a loss is not finite, what would have used it is left undone.
  Losses step(const std::function<void()>& alongside = nullptr);

  double temperature() const;

  // The actor's weights in the layout that acting reads, up to date.
  const PackedWeights& actor_weights() const { return actor_packed_; }

  // The critics, targets, temperature and all optimizers; the actor's parameters are the agent's.
  void save(CheckpointWriter& checkpoint) const;
  void load(const CheckpointReader& checkpoint);
  // To be called when someone else wrote to the parameters.
  void parameters_changed();

  // For tests: the critics' and the targets' parameters.
  const ParameterBlock& critics() const { return critics_.block; }
  const ParameterBlock& targets() const { return targets_.block; }

 private:
  struct Critics {
    Critics(const Perceptron::Size& size, std::uint64_t seed);
    Module root;
    Perceptron network;
    ParameterBlock block;
  };
  struct Temperature : Module {
    Temperature() : Module(nullptr, "") {}
    Parameter log{this, "log_temperature", {1}, init::zeros(), Decay::no};
  };
  // A shard's memory and what its passes bring.
  struct Lane {
    Shard shard;
    Tape tape;
    double critic_loss = 0, actor_loss = 0, log_probability = 0, value = 0;
  };

  void critic_pass(Lane& lane, const Tensor& gradient);
  void actor_pass(Lane& lane, const Tensor& gradient);
  Tensor regression_targets(Lane& lane);
  void follow();

  const GaussianActor& actor_;
  ParameterBlock& actor_block_;
  SacUpdateOptions options_;
  Fill fill_;
  ThreadPool& pool_;
  Critics critics_, targets_;
  Temperature temperature_;
  ParameterBlock temperature_block_;
  AdamW actor_optimizer_, critic_optimizer_, temperature_optimizer_;
  PackedWeights actor_packed_, critic_packed_, target_packed_;
  SacBatch batch_;
  std::vector<std::unique_ptr<Lane>> lanes_;
  std::vector<Storage> gradient_buffers_;
  std::vector<Tensor> actor_gradients_, critic_gradients_;  // one a shard, zero between steps
  Tensor temperature_gradient_;
  double alpha_ = 1;  // of the step that runs
};

}  // namespace seqrl
