#include "models/training/trainer.h"

#include <algorithm>
#include <atomic>
#include <cmath>

#include "models/training/checkpoint.h"
#include "models/training/shards.h"

namespace seqrl {
namespace {

constexpr const char* kOptimizer = "optimizer.";  // names in a checkpoint
constexpr const char* kLossSum = "loss_sum";
constexpr const char* kLossSteps = "loss_steps";

}  // namespace

Trainer::Trainer(ParameterBlock& block, Objective& objective, const TrainerOptions& options,
                 ThreadPool& pool)
    : block_(block),
      objective_(objective),
      options_(options),
      pool_(pool),
      optimizer_(block, options.adamw, *options.ranks) {
  SEQRL_REQUIRE(options.batch > 0 && options.shards > 0,
                "batch and shards must be at least 1, got {} and {}", options.batch,
                options.shards);
  SEQRL_REQUIRE(options.schedule == Schedule::constant || options.steps > 0,
                "a cosine schedule needs the number of steps of the run, got {}", options.steps);
  const std::int64_t count = std::min(options.shards, options.batch);
  parts_of_shard_ = parts_of_shard(options.batch / count, objective.sample_size());
  const std::int64_t parts = count * parts_of_shard_;
  if (block.device() == Device::cuda) {
    graph_step_ = std::make_unique<GraphStep>(
        block, objective, optimizer_,
        GraphStepOptions{.seed = options.seed,
                         .batch = options.batch,
                         .shards = parts,
                         .passes = std::clamp<std::int64_t>(options.gpu_shards, 1, count),
                         .precision = options.precision},
        *options.ranks, pool);
    return;
  }
  packed_.emplace(block, true);
  shards_ = count;
  for (std::int64_t i = 0; i < parts; ++i) parts_.push_back(shard_of(options.batch, i, parts));
  const std::vector<std::int64_t> shards = parts_of_ranks(count, options.ranks->ranks());
  for (const std::int64_t shard : shards) rank_parts_.push_back(shard * parts_of_shard_);
  const auto rank = static_cast<std::size_t>(options.ranks->rank());
  for (std::int64_t i = shards[rank]; i < shards[rank + 1]; ++i) {
    Storage& buffer = gradient_buffers_.emplace_back(block.make_buffer());
    gradients_.emplace_back(buffer.data(), block.flat().shape(), block.dtype());
  }
  losses_.resize(parts_.size());
  const auto threads =
      std::min<std::size_t>(static_cast<std::size_t>(pool.threads()), gradients_.size());
  for (std::size_t i = 0; i < threads; ++i) tapes_.push_back(std::make_unique<Tape>());
}

StepResult Trainer::step(std::int64_t step) {
  const double lr =
      scheduled_lr(options_.schedule, options_.lr, options_.warmup, options_.steps, step);
  if (graph_step_) {
    graph_step_->queue(step, lr);
    latest_.lr = lr;
    return latest_;
  }
  latest_ = step_on_cpu(step, lr);
  if (latest_.finite()) {
    loss_sum_.sum += latest_.loss;
    ++loss_sum_.steps;
  }
  return latest_;
}

double Trainer::pass_over(const Shard& part, std::int64_t step, Tape& tape) {
  tape.begin({.record = true,
              .training = true,
              .seed = options_.seed,
              .step = static_cast<std::uint64_t>(step),
              .shard = static_cast<std::uint32_t>(part.index)});
  const Tensor loss = objective_.loss(tape, part);
  tape.backward(loss);
  return dispatch(loss.dtype(),
                  [&]<typename T>(T) { return static_cast<double>(loss.data<T>()[0]); });
}

StepResult Trainer::step_on_cpu(std::int64_t step, double lr) {
  objective_.begin_step(step);
  const auto first_part =
      static_cast<std::size_t>(rank_parts_[static_cast<std::size_t>(options_.ranks->rank())]);
  std::atomic<std::size_t> next{0};
  pool_.run(static_cast<int>(tapes_.size()), [&](int lane) {
    Tape& tape = *tapes_[static_cast<std::size_t>(lane)];
    tape.set_packed_weights(&*packed_);
    for (std::size_t shard; (shard = next.fetch_add(1)) < gradients_.size();) {
      tape.set_parameter_gradients(gradients_[shard]);
      const std::size_t first = first_part + shard * static_cast<std::size_t>(parts_of_shard_);
      for (std::size_t i = first; i < first + static_cast<std::size_t>(parts_of_shard_); ++i) {
        losses_[i] = pass_over(parts_[i], step, tape);
      }
    }
  });
  options_.ranks->all_gather(std::span(losses_), rank_parts_);
  StepResult result{.lr = lr, .step = step};
  for (double loss : losses_) result.loss += loss;
  if (!std::isfinite(result.loss)) {
    result.gradient_norm = result.loss;
    clear_gradients(gradients_);
    return result;
  }
  result.gradient_norm = optimizer_.step(gradients_, lr, pool_, shards_);
  parameters_changed();
  return result;
}

StepResult Trainer::wait() {
  if (!graph_step_) return latest_;
  const op::StepState state = optimizer_.state();
  latest_.loss = state.loss;
  latest_.gradient_norm = state.norm;
  latest_.step = state.failed >= 0 ? state.failed : static_cast<std::int64_t>(state.arguments.step);
  return latest_;
}

Trainer::LossSum Trainer::loss_sum() {
  if (!graph_step_) return loss_sum_;
  const op::StepState state = optimizer_.state();
  return {state.loss_sum, state.steps};
}

void Trainer::set_loss_sum(const LossSum& sum) {
  loss_sum_ = sum;
  if (!graph_step_) return;
  op::StepState state = optimizer_.state();
  state.loss_sum = sum.sum;
  state.steps = sum.steps;
  optimizer_.set_state(state);
}

std::vector<Metric> Trainer::take_metrics() {
  const StepResult latest = wait();
  const auto [sum, steps] = loss_sum();
  set_loss_sum({});
  const double mean = sum / static_cast<double>(std::max<std::int64_t>(1, steps));
  return {{"loss", mean}, {"gradient_norm", latest.gradient_norm}, {"lr", latest.lr}};
}

void Trainer::save(CheckpointWriter& checkpoint) {
  const auto [sum, steps] = loss_sum();
  checkpoint.add(optimizer_, block_, kOptimizer);
  checkpoint.add_number(kLossSum, sum);
  checkpoint.add_number(kLossSteps, steps);
}

void Trainer::load(const CheckpointReader& checkpoint) {
  checkpoint.read(optimizer_, block_, kOptimizer);
  parameters_changed();
  set_loss_sum({.sum = checkpoint.number<double>(kLossSum),
                .steps = checkpoint.number<std::int64_t>(kLossSteps)});
}

}  // namespace seqrl
