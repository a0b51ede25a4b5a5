#include "models/training/optimizer.h"

#include <algorithm>
#include <cmath>

#include "models/core/alignment.h"

namespace seqrl {
namespace {

constexpr std::int64_t kPiece = 1 << 14;  // elements that one task updates

static_assert(ParameterBlock::kAlignment % kDecayGranule == 0 && kPiece % kDecayGranule == 0);

// Elements [first, first + count) of a flat tensor.
Tensor part_of(const Tensor& flat, std::int64_t first, std::int64_t count) {
  std::byte* data =
      static_cast<std::byte*>(flat.raw()) + static_cast<std::size_t>(first) * size_of(flat.dtype());
  return {data, {count}, flat.dtype(), flat.device()};
}

}  // namespace

AdamW::AdamW(const ParameterBlock& block, AdamWOptions options)
    : options_(options),
      parameters_(block.flat()),
      first_buffer_(block.make_buffer()),
      second_buffer_(block.make_buffer()),
      first_moment_(first_buffer_.data(), parameters_.shape(), block.dtype(), block.device()),
      second_moment_(second_buffer_.data(), parameters_.shape(), block.dtype(), block.device()) {
  decay_.assign(static_cast<std::size_t>(parameters_.size() / kDecayGranule), 0.0);
  for (const ParameterBlock::Entry& entry : block.entries()) {
    if (!entry.parameter->decays()) continue;
    const std::int64_t end = entry.offset + entry.parameter->shape().size();
    for (std::int64_t i = entry.offset; i < end; i += kDecayGranule) {
      decay_[static_cast<std::size_t>(i / kDecayGranule)] = options.weight_decay;
    }
  }
  square_norms_.resize(static_cast<std::size_t>(divide_up(parameters_.size(), kPiece)));
  if (block.device() == Device::cpu) return;
  const std::int64_t scratch = adamw_scratch(parameters_.size());
  device_decay_ = Storage(decay_.size() * sizeof(double), block.device());
  device_scratch_ = Storage(static_cast<std::size_t>(scratch) * sizeof(double), block.device());
  device_state_ = Storage(sizeof(op::StepState), block.device());
  runtime_of(block.device()).write(device_decay_.data(), decay_.data(), device_decay_.bytes());
  set_state({});
}

AdamWTensors AdamW::tensors_with(const Tensor& gradient) const {
  return {parameters_, first_moment_, second_moment_, gradient};
}

double AdamW::step(std::span<const Tensor> shard_gradients, double lr, ThreadPool& pool) {
  SEQRL_CHECK(!shard_gradients.empty() && parameters_.device() == Device::cpu);
  const std::int64_t size = parameters_.size();
  const int pieces = static_cast<int>(square_norms_.size());

  // The sum over shards, and its norm.
  pool.run(pieces, [&](int piece) {
    const std::int64_t first = piece * kPiece, count = std::min(kPiece, size - first);
    const Tensor sum = part_of(shard_gradients[0], first, count);
    for (const Tensor& shard : shard_gradients.subspan(1)) {
      add_and_clear(sum, part_of(shard, first, count));
    }
    square_norms_[static_cast<std::size_t>(piece)] = square_norm(sum);
  });
  double total = 0;
  for (double part : square_norms_) total += part;
  const double norm = std::sqrt(total);
  if (!std::isfinite(norm)) {
    clear_gradients(shard_gradients);
    return norm;
  }

  // The update.
  const op::AdamWRates rates = next_rates(norm, lr);
  const AdamWTensors all = tensors_with(shard_gradients[0]);
  pool.run(pieces, [&](int piece) {
    const std::int64_t first = piece * kPiece, count = std::min(kPiece, size - first);
    const auto part = [&](const Tensor& flat) { return part_of(flat, first, count); };
    adamw(
        {part(all.parameters), part(all.first_moment), part(all.second_moment), part(all.gradient)},
        rates,
        std::span(decay_).subspan(static_cast<std::size_t>(first / kDecayGranule),
                                  static_cast<std::size_t>(divide_up(count, kDecayGranule))));
  });
  return norm;
}

op::StepState* AdamW::state_on_device() const {
  return reinterpret_cast<op::StepState*>(device_state_.data());
}

const std::uint64_t* AdamW::step_on_device() const {
  return &state_on_device()->arguments.step;
}

void AdamW::set_next_step(std::int64_t step, double lr) {
  set_step_arguments(state_on_device(), {static_cast<std::uint64_t>(step), next_rates(0, lr)});
}

void AdamW::update(const Tensor& gradient, const Tensor& loss, const AdamW* other) {
  const auto numbers = [](const Storage& memory) {
    const auto count = static_cast<std::int64_t>(memory.bytes() / sizeof(double));
    return Tensor(memory.data(), {count}, DType::f64, memory.device());
  };
  adamw_step(state_on_device(), other ? other->state_on_device() : nullptr, options_.clip, loss,
             tensors_with(gradient), numbers(device_decay_), numbers(device_scratch_));
}

op::StepState AdamW::state() {
  op::StepState state;
  runtime_of(Device::cuda).read(&state, state_on_device(), sizeof state);
  updates_ = state.updates;  // those that were announced, unless one failed
  return state;
}

void AdamW::set_state(const op::StepState& state) {
  runtime_of(Device::cuda).write(state_on_device(), &state, sizeof state);
  updates_ = state.updates;
}

void AdamW::set_updates(std::int64_t updates) {
  updates_ = updates;
  if (parameters_.device() == Device::cpu) return;
  op::StepState now = state();
  now.updates = updates;
  set_state(now);
}

void AdamW::polyak_update(const ParameterBlock& target, double rate, ThreadPool& pool) const {
  SEQRL_CHECK(target.flat().size() == parameters_.size());
  if (parameters_.device() == Device::cuda) {
    return seqrl::polyak_update(parameters_, target.flat(), rate, state_on_device());
  }
  pool.run(static_cast<int>(square_norms_.size()), [&](int piece) {
    const std::int64_t first = piece * kPiece, count = std::min(kPiece, parameters_.size() - first);
    seqrl::polyak_update(part_of(parameters_, first, count), part_of(target.flat(), first, count),
                         rate);
  });
}

// Counts an update, and returns its numbers.
op::AdamWRates AdamW::next_rates(double norm, double lr) {
  const auto t = static_cast<double>(++updates_);
  return {.scale = op::clip_scale(options_.clip, norm),
          .beta1 = options_.beta1,
          .beta2 = options_.beta2,
          .step_size = lr / (1 - std::pow(options_.beta1, t)),
          .root = 1 / std::sqrt(1 - std::pow(options_.beta2, t)),
          .epsilon = options_.epsilon,
          .lr = lr};
}

void clear_gradients(std::span<const Tensor> gradients) {
  for (const Tensor& gradient : gradients) zero(gradient);
}

}  // namespace seqrl
