#include "models/training/trainer.h"

#include <algorithm>
#include <atomic>
#include <cmath>

namespace seqrl {

Trainer::Trainer(ParameterBlock& block, Objective& objective, const TrainerOptions& options,
                 ThreadPool& pool)
    : block_(block),
      objective_(objective),
      options_(options),
      pool_(pool),
      optimizer_(block, options.adamw) {
  SEQRL_REQUIRE(options.batch > 0 && options.shards > 0,
                "batch and shards must be at least 1, got {} and {}", options.batch,
                options.shards);
  SEQRL_REQUIRE(options.schedule == Schedule::constant || options.steps > 0,
                "a cosine schedule needs the number of steps of the run, got {}", options.steps);
  const bool together = block.device() == Device::cuda;
  const std::int64_t count = together ? 1 : std::min(options.shards, options.batch);
  if (!together) packed_.emplace(block, true);
  for (std::int64_t i = 0; i < count; ++i) {
    shards_.push_back(
        {static_cast<int>(i), options.batch * i / count, options.batch * (i + 1) / count});
    Storage& buffer = gradient_buffers_.emplace_back(block.make_buffer());
    gradients_.emplace_back(buffer.data(), block.flat().shape(), block.dtype(), block.device());
  }
  losses_.resize(shards_.size());
  const auto threads =
      std::min<std::size_t>(static_cast<std::size_t>(pool.threads()), shards_.size());
  for (std::size_t i = 0; i < threads; ++i)
    tapes_.push_back(std::make_unique<Tape>(block.device()));
}

Trainer::StepResult Trainer::step(std::int64_t step) {
  objective_.begin_step(step);
  std::atomic<std::size_t> next{0};
  pool_.run(static_cast<int>(tapes_.size()), [&](int lane) {
    Tape& tape = *tapes_[static_cast<std::size_t>(lane)];
    for (std::size_t i; (i = next.fetch_add(1)) < shards_.size();) {
      const Shard& shard = shards_[i];
      tape.begin({.record = true,
                  .training = true,
                  .seed = options_.seed,
                  .step = static_cast<std::uint64_t>(step),
                  .shard = static_cast<std::uint32_t>(shard.index),
                  .shards = packed_ ? 0 : std::min(options_.shards, options_.batch),
                  .batch = options_.batch});
      tape.set_parameter_gradients(gradients_[i]);
      tape.set_packed_weights(packed_ ? &*packed_ : nullptr);
      const Tensor loss = objective_.loss(tape, shard);
      losses_[i] = dispatch(loss.dtype(), [&]<typename T>(T) {
        T value;
        read<T>(loss, std::span(&value, 1));
        return static_cast<double>(value);
      });
      tape.backward(loss);
    }
  });
  const double lr =
      scheduled_lr(options_.schedule, options_.lr, options_.warmup, options_.steps, step);
  StepResult result{0, 0, lr};
  for (double loss : losses_) result.loss += loss;
  if (!std::isfinite(result.loss)) {
    result.gradient_norm = result.loss;
    clear_gradients(gradients_);
    return result;
  }
  result.gradient_norm = optimizer_.step(gradients_, result.lr, pool_);
  parameters_changed();
  return result;
}

}  // namespace seqrl
