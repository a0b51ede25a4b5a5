#include "models/training/graph_step.h"

#include <algorithm>

#include "models/ops/matrix_product.h"
#include "models/training/shards.h"

namespace seqrl {

GraphStep::Sum::Sum(const ParameterBlock& block)
    : memory(block.flat().bytes() + kMemoryAlignment, block.device()) {
  const std::int64_t n = block.flat().size();
  all = Tensor(memory.data(), {n + 1}, block.dtype(), block.device());
  gradient = part_of(all, 0, n);
  loss = part_of(all, n, 1);
}

GraphStep::GraphStep(const ParameterBlock& block, Objective& objective, AdamW& optimizer,
                     const GraphStepOptions& options, Communicator& ranks, ThreadPool& pool)
    : objective_(objective),
      optimizer_(optimizer),
      options_(options),
      is_first_(ranks.is_first()),
      keeps_losses_(options.passes > 1 || !ranks.is_alone()),
      tape_(block.device()) {
  const std::int64_t shards = options.shards, passes = options.passes;
  SEQRL_CHECK(1 <= passes && passes <= shards);
  const std::vector<std::int64_t> bounds = parts_of_ranks(passes, ranks.ranks());
  const auto rank = static_cast<std::size_t>(ranks.rank());
  for (std::int64_t i = bounds[rank]; i < bounds[rank + 1]; ++i) {
    const std::int64_t first = shards * i / passes, last = shards * (i + 1) / passes;
    passes_.push_back({static_cast<int>(first), shard_of(options.batch, first, shards).first,
                       shard_of(options.batch, last - 1, shards).last});
    shards_of_passes_.push_back(last - first);
  }
  objective.set_parts(passes_);
  for (std::size_t i = 0; i < std::max<std::size_t>(passes_.size(), 1); ++i) {
    sums_.emplace_back(block);
  }
  if (!ranks.is_alone()) {
    exchange_.emplace(ranks, pool, sums_[0].all.size(), block.dtype(), block.device());
  }
}

void GraphStep::queue(std::int64_t step, double lr) {
  objective_.begin_step(step);
  optimizer_.set_next_step(step, lr);
  DeviceRuntime& runtime = runtime_of(tape_.device());
  const bool repeats = objective_.same_work_each_step();
  if (!exchange_) {
    return passes_graph_.run(runtime, repeats, [&] {
      run_passes(step);
      update();
    });
  }
  if (!passes_.empty()) passes_graph_.run(runtime, repeats, [&] { run_passes(step); });
  std::vector<Tensor> held;
  const std::size_t sent = is_first_ ? std::min<std::size_t>(passes_.size(), 1) : passes_.size();
  for (std::size_t i = 0; i < sent; ++i) held.push_back(sums_[i].all);
  exchange_->run(held, options_.passes, sums_[0].all);
  update_graph_.run(runtime, true, [&] { update(); });
}

void GraphStep::run_passes(std::int64_t step) {
  for (std::size_t i = 0; i < passes_.size(); ++i) {
    const Shard& part = passes_[i];
    const ProductPrecision precision(options_.precision);
    tape_.begin({.record = true,
                 .training = true,
                 .seed = options_.seed,
                 .step = static_cast<std::uint64_t>(step),
                 .shard = static_cast<std::uint32_t>(part.index),
                 .shards = shards_of_passes_[i],
                 .batch = part.size(),
                 .step_on_device = optimizer_.step_on_device()});
    tape_.set_parameter_gradients(sums_[i].gradient);
    loss_ = objective_.loss(tape_, part);
    tape_.backward(loss_);
    if (keeps_losses_) copy(loss_.reshaped({1}), sums_[i].loss);
  }
  if (!is_first_) return;
  for (std::size_t i = 1; i < passes_.size(); ++i) add_and_clear(sums_[0].all, sums_[i].all);
}

void GraphStep::update() {
  if (!is_first_) {
    for (std::size_t i = 1; i < sums_.size(); ++i) zero(sums_[i].all);
  }
  const Sum& sum = sums_[0];
  optimizer_.update(sum.gradient, keeps_losses_ ? sum.loss : loss_);
}

}  // namespace seqrl
